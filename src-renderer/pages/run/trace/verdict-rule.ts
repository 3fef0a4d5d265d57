/** Id of the rule whose statement is the verdict; it stands above all others. */
export const VERDICT_RULE = 'trace-verdict'
