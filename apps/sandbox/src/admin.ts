import type { ArmedFault } from './sabotage.ts'

/** The emulator's own door: what it has, what it was asked, and what shall go wrong. */
export interface Admin {
  seedBucket(region: string, name: string): Promise<void>
  seedSnapshot(
    kind: 'local' | 'sbs',
    wanted: WantedSnapshot,
  ): Promise<{ readonly id: string; readonly digest: string }>
  arm(fault: ArmedFault): Promise<void>
  /** How often an armed fault has struck. */
  withheld(): Promise<number>
  /** Calls as the provider counted them, whoever made them. */
  calls(): Promise<readonly Call[]>
}

/** A snapshot to put into the emulated provider: `dataBytes` of real content, scattered over a disk of `sizeBytes`. */
export interface WantedSnapshot {
  readonly zone: string
  readonly name: string
  readonly sizeBytes: number
  readonly dataBytes: number
  readonly seed: number
}

/** How often one call was made. */
export interface Call {
  readonly api: string
  readonly operation: string
  readonly count: number
}

const EXTENTS = 200

/** Opens the door over HTTP. */
export function openAdmin(url: string): Admin {
  const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the emulator answered ${answer.status} to ${method} ${path}: ${text}`)
    return JSON.parse(text)
  }
  return {
    seedBucket: async (region, name) => void (await ask('POST', '/seed/bucket', { region, name })),
    seedSnapshot: async (kind, { dataBytes, seed, ...wanted }) => {
      const api = kind === 'local' ? 'instance' : 'block'
      const made = await ask('POST', '/seed/snapshot', {
        api,
        ...wanted,
        data: { bytes: dataBytes, extents: EXTENTS, seed },
      })
      const id = String(made['id'])
      const { digest } = await ask('GET', `/digest/${id}`)
      return { id, digest: String(digest) }
    },
    arm: async (fault) => void (await ask('POST', '/faults', fault)),
    withheld: async () => {
      const rules = Object.values(await ask('GET', '/faults'))
      return rules.reduce<number>((sum, rule) => sum + firedOf(rule), 0)
    },
    calls: async () => callsOf(await ask('GET', '/counts')),
  }
}

/** Counts come as `api operation status`; the status does not matter here. */
function callsOf(counts: Readonly<Record<string, unknown>>): readonly Call[] {
  const sums = new Map<string, Call>()
  for (const [name, count] of Object.entries(counts)) {
    const [api = '', operation = ''] = name.split(' ')
    const key = `${api} ${operation}`
    sums.set(key, { api, operation, count: (sums.get(key)?.count ?? 0) + Number(count) })
  }
  return [...sums.values()]
}

function firedOf(rule: unknown): number {
  return typeof rule === 'object' && rule !== null && 'fired' in rule ? Number(rule.fired) : 0
}
