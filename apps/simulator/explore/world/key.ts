import {
  type Act,
  type ActAnswer,
  type Item,
  isEnded,
  type Migration,
  type Pulse,
  type Tick,
} from '@snapferry/migration'
import type { CreateAct } from './cloud.ts'
import { LOOKED_MS_MAX, PATIENCE, UNIT_MS } from './patience.ts'
import type { Flight, World } from './world.ts'

/**
 * One text for all moments of stories from which the same can follow. Ids, rounds and sends are named in the order of
 * their first appearance, times are told from now on and only as far as something depends on them, and what nothing
 * depends on (versions, counts of events, texts, times of making) is left out. What was spent is no part of it.
 */
export function keyOf(world: World): string {
  return new Teller(world).text()
}

/** Waited time beyond this ends everything. */
const WAITED_MS_MAX = 4 * 3_600_000
/** The number of looks from which on polls grow no more. */
const LOOKS_MAX = 2

class Teller {
  readonly #world: World
  readonly #names = new Map<string | number, number>()
  /** Keys and ids that something can still come of. */
  readonly #live = new Set<string>()

  constructor(world: World) {
    this.#world = world
    const { rows, objects, exports, wire } = world.cloud
    for (const { id } of rows) this.#live.add(id)
    for (const { key } of objects) this.#live.add(key)
    for (const { key } of exports) this.#live.add(key)
    for (const { act } of wire) this.#live.add(act.intent.mark)
    for (const { tick, answer } of world.flights) {
      if (tick.wants === 'write') this.#mention(tick.act, answer)
      // What an append that comes too late would have announced is told by nothing.
      if (tick.wants === 'append' && tick.next.to === 'settle') this.#mention(tick.next.act, tick.next.answer)
      else if (
        tick.wants === 'append' &&
        tick.next.to === 'write' &&
        tick.change.before.pulse.v === world.pulse.v
      )
        this.#mention(tick.next.act, null)
      if (tick.wants === 'read' && tick.settling !== null)
        this.#mention(tick.settling.act, tick.settling.answer)
    }
  }

  #mention(act: Act, answer: ActAnswer | null): void {
    if (act.act === 'remove') for (const { thing } of act.items) this.#live.add(thing.id)
    else if ('intent' in act) this.#live.add(act.intent.mark)
    if (answer?.to === 'create' && answer.result.ok && answer.result.value !== null)
      this.#live.add(answer.result.value.id)
  }

  text(): string {
    const { record, pulse, nudges, stalledAt, dueAt, flights } = this.#world
    let text = this.#cloud()
    text += `|${this.#record(record)}|${this.#pulse(pulse, record)}|${nudges > 0 ? 1 : 0}`
    text += `|${stalledAt === null ? '' : this.#until(stalledAt)}|${dueAt === null ? '' : this.#until(dueAt)}`
    if (flights.length < 2) return flights[0] === undefined ? text : `${text}|${this.#flight(flights[0])}`
    // Workers can be exchanged for one another: the one with the lock is told first, then in the order of what they do.
    for (const flight of flights.toSorted(inTelling)) text += `|${this.#flight(flight)}`
    return text
  }

  #name(of: string | number): number {
    const known = this.#names.get(of)
    if (known !== undefined) return known
    const name = this.#names.size
    this.#names.set(of, name)
    return name
  }

  /** Units from now to a moment; what is past is 0. */
  #until(moment: number): number {
    return Math.max(0, (moment - this.#world.now) / UNIT_MS)
  }

  /** Units since a moment, but no more than `most` milliseconds. */
  #since(moment: number, most: number): number {
    return Math.min(this.#world.now - moment, most) / UNIT_MS
  }

  #cloud(): string {
    const { rows, objects, exports, wire } = this.#world.cloud
    let text = ''
    for (const row of rows) {
      const { id, what, round, tags, image, work, isSmall, isSound, hiddenUntil, late } = row
      const isMarked = tags.some((tag) => tag.startsWith('snapferry:copy='))
      text += `r${this.#name(id)}${what[0]}${this.#name(round)}${isMarked ? 'm' : ''}${work[0]}${isSmall ? 's' : ''}${isSound ? '' : 'u'}${late[0]}`
      if (image !== null && work === 'running') text += `<${this.#name(image)}`
      if (work === 'running') text += row.endsBy === null ? 'S' : `b${this.#until(row.endsBy)}`
      if (hiddenUntil !== null) text += `h${this.#until(hiddenUntil)}`
    }
    for (const { key, etag, content, isLate } of objects)
      text += `o${this.#name(key)}e${this.#name(etag)}${content[0]}${isLate ? 'l' : ''}`
    for (const { key, source, isLate, endsBy } of exports)
      text += `x${this.#name(key)}<${this.#name(source)}${isLate ? 'l' : ''}${endsBy === null ? 'S' : this.#until(endsBy)}`
    for (const { act, from, until } of wire)
      text += `w${this.#create(act)}@${this.#until(from)}-${this.#until(until)}`
    return text
  }

  #create({ act, intent, order }: CreateAct): string {
    const of = 'key' in order ? order.key : order.volume
    return `${act[6]}${this.#name(intent.mark)}.${this.#name(intent.round)}.${this.#name(-intent.send)}<${this.#name(of)}${this.#world.sent.includes(intent.send) ? 's' : ''}`
  }

  #record(m: Migration): string {
    const { state, facts, round, send, attempt, attemptsMax, setbacks, intent, lost, claims, plan } = m
    let text = `${state[0]}${state[1]}${attempt}/${attemptsMax}+${setbacks}c${claims.length}`
    if (m.state === 'running') text += `${m.phase}${m.proven ? '!' : ''}${m.recheck ? '?' : ''}`
    else if (m.state === 'unwinding') text += `${m.phase}${m.cause.ending}`
    else if (m.state === 'needs_attention')
      text += `${m.phase}${m.parkedFrom}${m.cause?.ending}${this.#since(m.parkedAt, PATIENCE.attentionLimitMs)}`
    text += `${plan.backend === null ? '' : 'b'}${plan.copy.sizeBytes === null ? '' : 's'}`
    text += this.#facts(facts)
    for (const item of m.ledger) text += this.#item(item)
    if (intent !== null)
      text += `i${this.#name(intent.mark)}.${this.#name(intent.round)}.${this.#name(-intent.send)}a${this.#since(intent.at, PATIENCE.resendAgeMs)}`
    // What is asked for by the last look and cannot be found any more makes no difference but that it is asked.
    text += lost.length > 0 ? 'L' : ''
    for (const { phase, round: lostIn } of lost)
      if (this.#names.has(lostIn)) text += `${phase[0]}${this.#name(lostIn)}`
    return `${text}#${this.#name(round)}.${this.#name(-send)}${send > 0 ? 's' : ''}`
  }

  #facts({ snapshot, image, virtualBytes, sizeBytes, copy, sourceBytes }: Migration['facts']): string {
    let text = 'f'
    if (snapshot !== undefined) text += `s${this.#name(snapshot)}`
    if (image !== undefined) text += `i${this.#name(image.key)}e${this.#name(image.etag)}`
    if (copy !== undefined) text += `c${this.#name(copy)}`
    return `${text}${virtualBytes === undefined ? '' : 'v'}${sizeBytes === undefined ? '' : 'z'}${sourceBytes === undefined ? '' : 'q'}`
  }

  #item({ thing, round, at, state, reason }: Item): string {
    // A thing that is gone for good and that nobody speaks of any more.
    if (state === 'removed' && !this.#live.has(thing.id)) return ''
    const age = thing.what === 'image' ? '' : this.#since(at, PATIENCE.birthLagMs)
    return `l${thing.what[0]}${this.#name(thing.id)}.${this.#name(round)}${state[0]}${state === 'left' ? reason : ''}${age}`
  }

  #pulse({ wakeAt, plannedMs, waitedMs, looks, why }: Omit<Pulse, 'v'>, of: Migration): string {
    const { now } = this.#world
    const late = Math.min(Math.max(0, now - wakeAt), plannedMs) / UNIT_MS
    // Where no limit counts it, waited time is of no account.
    const waited = isEnded(of) ? 0 : Math.min(waitedMs, WAITED_MS_MAX) / UNIT_MS
    const since = why === null ? '' : `${why.code}${this.#since(why.since, PATIENCE.confirmMs)}`
    return `${this.#until(wakeAt)}-${late}p${plannedMs / UNIT_MS}w${waited}n${Math.min(looks, LOOKS_MAX)}${since}`
  }

  #flight({ tick, holdsLock, frozenAt, waitsUntil, answer, results, unseen }: Flight): string {
    let text = holdsLock ? 'K' : 'k'
    if (frozenAt !== null) text += `z${frozenAt < this.#world.now ? 1 : 0}`
    if (waitsUntil !== null) text += `t${this.#until(waitsUntil)}`
    if (answer !== null) text += this.#answer(answer)
    for (const { id, result } of results)
      text += `d${this.#name(id)}${result.ok ? result.value[0] : result.failure.kind}`
    for (const id of unseen) text += `u${this.#name(id)}`
    return text + this.#tick(tick)
  }

  #tick(tick: Exclude<Tick, { wants: 'nothing' }>): string {
    const { pulse, nudges, now } = this.#world
    switch (tick.wants) {
      case 'read':
        return tick.settling === null
          ? 'R'
          : `R${this.#act(tick.settling.act)}${this.#answer(tick.settling.answer)}`
      case 'look': {
        const { reading, startedMs } = tick
        if (now - startedMs > LOOKED_MS_MAX) return 'Lx'
        if (reading.pulse.v === pulse.v)
          return `L${reading.nudges === nudges ? 1 : 0}a${(now - startedMs) / UNIT_MS}`
        return `l${this.#record(reading.record)}${this.#pulse(reading.pulse, reading.record)}a${(now - startedMs) / UNIT_MS}`
      }
      case 'append': {
        const { change, next } = tick
        const isFresh = change.before.pulse.v === pulse.v
        const settled = next.to === 'settle' ? `${this.#act(next.act)}${this.#answer(next.answer)}` : ''
        if (!isFresh) return `a${settled}`
        const act =
          next.to === 'write' ? `${this.#act(next.act)}a${this.#since(change.before.now, UNIT_MS)}` : ''
        const count = change.before.nudges === nudges ? 1 : 0
        return `A${next.to[0]}${change.closing ? count : ''}${act}${settled}>${this.#record(change.after)}${this.#pulse(change.pulse, change.after)}`
      }
      case 'write': {
        const isFresh = tick.reading.pulse.v === pulse.v
        const count = tick.reading.nudges === nudges ? 1 : 0
        const age = this.#since(tick.sentFromMs, UNIT_MS)
        return `W${isFresh ? count : 's'}${this.#act(tick.act)}a${age}${tick.isFresh ? '' : 'o'}`
      }
    }
  }

  #act(act: Act): string {
    switch (act.act) {
      case 'remove':
        return `-${act.items.map(({ thing, round }) => `${this.#name(thing.id)}.${this.#name(round)}`).join()}`
      case 'retag':
        return `=${this.#name(act.order.id)}`
      default:
        return this.#create(act)
    }
  }

  #answer(answer: ActAnswer): string {
    if (answer.to === 'remove')
      return answer.results
        .map(({ id, result }) => `${this.#name(id)}${result.ok ? result.value[0] : result.failure.kind}`)
        .join()
    const { result } = answer
    if (!result.ok) return `!${result.failure.kind}`
    return result.value === null ? '.' : `:${this.#name(result.value.id)}`
  }
}

function inTelling(one: Flight, other: Flight): number {
  return rank(one) - rank(other)
}

function rank({ holdsLock, frozenAt, tick: { wants } }: Flight): number {
  return (
    (holdsLock ? 0 : 100) + (frozenAt === null ? 0 : 10) + ['read', 'look', 'append', 'write'].indexOf(wants)
  )
}
