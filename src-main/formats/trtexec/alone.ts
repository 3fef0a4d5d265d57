/** What is to say of a file that was imported alone, and no more where the others came with it. */
export const ALONE = {
  profile: 'Layer times alone: import log and layer information of the same engine with them for the rest.',
  layers: 'No times: import the profile of the same engine with it (--exportProfile).',
  build: 'Options of a build: import its profile.metadata.json with it for the figures.',
} as const
