/** What each flag of a point says, in words. No zod here: the page shows these. */
export interface FlagText {
  id: string
  title: string
  means: string
}

export const POINT_FLAGS: readonly FlagText[] = [
  { id: 'few-samples', title: 'few samples', means: 'Too few samples for a 95 % bound on every percentile shown.' },
  {
    id: 'unstable',
    title: 'unstable',
    means: 'Latency or throughput drifts or varies too much: the mean is not a steady state.',
  },
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
  {
    id: 'throttled',
    title: 'throttled',
    means: 'Power, heat or its supply held the clocks of the GPU down for more than 5 % of the counted time.',
  },
  { id: 'no-warm-state', title: 'no warm state', means: 'No steady state was reached within the time limit.' },
  {
    id: 'client-bound',
    title: 'client-bound',
    means: 'The load generator or its machine was near its own limit: the server may do better than this.',
  },
  { id: 'server-errors', title: 'errors', means: 'Requests failed; they are counted and in no latency.' },
  { id: 'over-threshold', title: 'over threshold', means: 'The latency is above the threshold that was asked for.' },
  {
    id: 'no-statistics',
    title: 'no statistics',
    means: 'The server told no statistics for this point: queue and compute are unknown.',
  },
  {
    id: 'server-lost',
    title: 'server lost',
    means: 'The server went away while measuring: the windows before it are kept.',
  },
  {
    id: 'delayed-requests',
    title: 'delayed requests',
    means: 'More than 1 % of the requests were sent later than their time: the rate asked for was not reached.',
  },
  {
    id: 'model-reloaded',
    title: 'model reloaded',
    means: 'The server counted from zero while measuring: no queue and compute for this point.',
  },
  {
    id: 'cache-parts',
    title: 'response cache',
    means: 'The response cache answered requests: compute is the mean over misses, so the parts do not add up.',
  },
  {
    id: 'contradicts-itself',
    title: 'contradicts itself',
    means: 'Throughput × latency is not the number of requests in flight: a unit, a batch or the measurement is wrong.',
  },
  {
    id: 'cpu-fallback',
    title: 'partly on the CPU',
    means: 'The provider did not take every operator: the rest ran on the CPU, with copies between.',
  },
  {
    id: 'enqueue-bound',
    title: 'enqueue-bound',
    means: 'Giving work to the GPU takes about as long as the work: the CPU bounds the throughput.',
  },
  {
    id: 'transfer-bound',
    title: 'transfer-bound',
    means: 'Copies to or from the GPU take longer than computing: they bound the throughput.',
  },
  {
    id: 'several-streams',
    title: 'several streams',
    means: 'Several streams ran at once: a latency is that of a query disturbed by others.',
  },
  {
    id: 'test-double',
    title: 'TEST DOUBLE',
    means: 'Played by the test double of trtexec: the figures are made up, no device computed anything.',
  },
  { id: 'failed', title: 'failed', means: 'This point could not be measured; the error says why.' },
]

/** The flag's words; an id from a newer version is shown as it is. */
export function flagText(id: string): FlagText {
  return POINT_FLAGS.find(flag => flag.id === id) ?? { id, title: id, means: '' }
}
