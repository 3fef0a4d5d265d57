/** What each flag of a point says, in words. No zod here: the page shows these. */
export interface FlagText {
  id: string
  title: string
  means: string
}

export const POINT_FLAGS: readonly FlagText[] = [
  { id: 'few-samples', title: 'few samples', means: 'Too few samples for a 95 % bound on every percentile shown.' },
  { id: 'unstable', title: 'unstable', means: 'Latency drifts or varies too much: the mean is not a steady state.' },
  {
    id: 'noisy-machine',
    title: 'noisy machine',
    means: 'Other load, stolen CPU time or a change of core placement while measuring.',
  },
  { id: 'oversubscribed', title: 'oversubscribed', means: 'More threads than cores: threads wait for each other.' },
  { id: 'swapped', title: 'swapped', means: 'The process was swapped while measuring.' },
  {
    id: 'call-overhead',
    title: 'call overhead',
    means: 'A call of an empty model takes a large share of this latency.',
  },
  {
    id: 'repeats-differ',
    title: 'repeats differ',
    means: 'Fresh processes of this configuration disagree by more than their own spread.',
  },
  { id: 'no-warm-state', title: 'no warm state', means: 'No steady state was reached within the time limit.' },
  { id: 'failed', title: 'failed', means: 'This point could not be measured; the error says why.' },
]

/** The flag's words; an id from a newer version is shown as it is. */
export function flagText(id: string): FlagText {
  return POINT_FLAGS.find(flag => flag.id === id) ?? { id, title: id, means: '' }
}
