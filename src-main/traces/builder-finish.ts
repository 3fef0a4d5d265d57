import { CUT_OFF } from '#domain/trace-feed.ts'
import type { Gathered } from './builder.ts'
import { SliceWriters, writeTracks } from './builder-slices.ts'
import { Survey } from './builder-survey.ts'
import type { IndexedTrack, IndexManifest, IndexStorage, Lane } from './define.ts'
import { type LinkedTrack, LinkWriter } from './links.ts'
import { INDEX_VERSION, writeManifest } from './manifest.ts'

/** How much of the time of finishing each part takes; measured on 10 M slices. */
const SHARE = { columns: 0.5, pyramid: 0.2 }

/**
 * Puts what was gathered in order, track by track, and writes every section of the index.
 * Yields how much is done, 0..1, several times a track: whoever does not want to block can do other work in between.
 */
export function* finishIndex(
  storage: IndexStorage,
  gathered: Gathered,
  partial: boolean,
): Generator<number, IndexManifest> {
  const total = Math.max(1, gathered.slices)
  const columns = new SliceWriters(storage)
  const writing = writeTracks(storage, gathered.rows, columns)
  let step = writing.next()
  for (; step.done !== true; step = writing.next()) yield (SHARE.columns * columns.slices) / total
  const extents = step.value
  gathered.names.finish()
  const samples = gathered.counters.finish()

  const survey = new Survey(storage, columns.slices)
  const tracks: IndexedTrack[] = []
  const lanes: Lane[] = []
  const linked: LinkedTrack[] = []
  for (const [index, spec] of gathered.specs.entries()) {
    const own = survey.lanes(extents[index] ?? [], index, lanes.length)
    lanes.push(...own)
    const counter = samples.get(index)
    tracks.push({
      ...spec,
      index,
      lanes: own.map(lane => lane.index),
      slices: own.reduce((sum, { count }) => sum + count, 0),
      ...(counter === undefined ? {} : { samples: counter }),
    })
    linked.push(survey.linkedTrack(spec.linkScope ?? '', own))
    yield SHARE.columns + (SHARE.pyramid * survey.slices) / total
  }

  const links = new LinkWriter(storage, linked, columns.slices)
  const flows = gathered.flows.bind(storage, track => linked[track]?.lanes ?? [])
  for (const share of links.write(flows))
    yield SHARE.columns + SHARE.pyramid + (1 - SHARE.columns - SHARE.pyramid) * share

  const unread = gathered.unread.list()
  const manifest: IndexManifest = {
    version: INDEX_VERSION,
    origin: gathered.origin,
    devices: gathered.devices,
    tracks,
    lanes,
    slices: columns.slices,
    names: gathered.names.count,
    nodes: survey.nodes,
    events: gathered.events,
    byCategory: survey.byCategory,
    linked: links.linked,
    unlinked: links.unlinked,
    unread,
    notices: gathered.notices,
    launchFacts: gathered.launches.facts(),
    kernelNsByBlocks: gathered.launches.kernelNsByBlocks(),
    copies: columns.copies,
    ...survey.span(),
    partial: partial || unread.some(({ reason }) => reason === CUT_OFF),
  }
  writeManifest(storage, manifest)
  return manifest
}
