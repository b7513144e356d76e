import type { Change, Event, EventType, FailureKind, WhyCode } from '@snapferry/migration'
import type { Note } from './note.ts'

/** What of an append says that a bad thing was noticed: a failure, a wait, a kind of event. */
interface Notice {
  readonly failures?: readonly FailureKind[]
  readonly waits?: readonly WhyCode[]
  readonly events?: readonly EventType[]
}

const EXPORT: Notice = { failures: ['export-left-nothing', 'export-bad-image'], waits: ['export-unproven'] }
const TAKEN: Notice = { failures: ['snapshot-error'], waits: ['copy-missing'] }
const GONE: Notice = {
  failures: [
    'source-missing',
    'source-gone',
    'copy-vanished',
    'image-changed',
    'import-refused',
    'export-refused',
  ],
  waits: ['source-not-seen', 'copy-missing', 'image-not-seen'],
  events: ['proof-lost', 'left', 'checked-bad'],
}

/** By the fault, what names it. */
const NOTICES: Readonly<Record<string, Notice>> = {
  'export: nothing': EXPORT,
  'export: empty': EXPORT,
  'export: damaged': EXPORT,
  'export: truncated': { ...EXPORT, events: ['proof-lost'] },
  'snapshot: error': TAKEN,
  'snapshot: vanished': TAKEN,
  'import: error': { failures: ['import-error'] },
  'import: invalid-data': { failures: ['import-invalid-data'] },
  'import: small': { failures: ['copy-too-small'] },
  'import: vanished': { failures: ['copy-vanished'], waits: ['copy-missing'] },
  'in use': { waits: ['in-use'] },
  locked: { failures: ['locked'], waits: ['provider-refuses'] },
  'key revoked': { waits: ['hold-credentials'] },
  'quota full': { waits: ['hold-quota'] },
  'bucket closed': { waits: ['hold-bucket'] },
  stuck: { failures: ['stalled'], waits: ['provider-finishing'], events: ['phase-limit-over'] },
  'somebody removes the source': GONE,
  'somebody removes the copy': GONE,
  'somebody removes the image': GONE,
  'somebody else exports the source': { waits: ['source-busy', 'provider-busy', 'provider-finishing'] },
}

/** What an append says about incidents that were still open: they matter once an event or a wait names them. */
export function learn(note: Note, { events, pulse }: Change): void {
  if (note.open.length === 0) return
  note.open = note.open.filter((incident) => {
    const notice = NOTICES[incident.fault]
    incident.mattered =
      notice !== undefined &&
      (events.some((event) => isNoticed(notice, event)) || includes(notice.waits, pulse.why?.code))
    return !incident.mattered
  })
}

function isNoticed({ failures, events }: Notice, event: Event): boolean {
  return includes(events, event.type) || ('failure' in event && includes(failures, event.failure.kind))
}

function includes<T>(all: readonly T[] | undefined, one: T | undefined): boolean {
  return one !== undefined && all?.includes(one) === true
}
