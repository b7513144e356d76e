import { type CloudFailure, good } from '@snapferry/migration'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unreadable } from '../src/failure-of-transport.ts'
import { type Page, walkPages } from '../src/page-walk.ts'
import { open } from './opened.ts'
import { blockSnapshot, instanceSnapshot, PROJECT, WIP, ZONE } from './wire-things.ts'

type Numbered = { readonly id: string }
const moved = (words: string): CloudFailure =>
  unreadable({ call: 'block ListSnapshots', write: false }, 200, words, null)
const rowsOf = (count: number): Numbered[] => Array.from({ length: count }, (_, at) => ({ id: `s${at}` }))

describe('walking the pages of a list', () => {
  test('finds every row once, whatever page size the provider keeps to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(350), fc.integer({ min: 1, max: 120 }), async (count, pageRows) => {
        const all = rowsOf(count)
        const walked = await walkPages(
          async (page) => good({ rows: all.slice((page - 1) * pageRows, page * pageRows), total: count }),
          moved,
        )
        expect(walked).toEqual(good(all))
      }),
    )
  })

  test('never answers with a list that misses a row: rows that come and go make it walk again or give up', async () => {
    const moves = fc.array(fc.constantFrom('add', 'remove', 'stay'), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), moves, async (count, plan) => {
        const steady = rowsOf(count)
        const changing: Numbered[] = [{ id: 'x0' }, { id: 'x1' }, { id: 'x2' }]
        let step = 0
        const page = async (number: number) => {
          const move = plan[step++ % plan.length]
          if (step <= plan.length && move === 'add') changing.push({ id: `x${step + 10}` })
          if (step <= plan.length && move === 'remove') changing.shift()
          const list = [...changing, ...steady]
          return good<Page<Numbered>>({ rows: list.slice((number - 1) * 7, number * 7), total: list.length })
        }
        const walked = await walkPages(page, moved)
        const ids = walked.ok ? walked.value.map(({ id }) => id) : null
        expect(ids === null || steady.every(({ id }) => ids.includes(id))).toBe(true)
      }),
    )
  })

  test('ends when the provider promises rows that never come', async () => {
    let pages = 0
    const walked = await walkPages(async () => {
      pages += 1
      return good({ rows: [], total: 5 })
    }, moved)
    expect(walked).toMatchObject({ ok: false, failure: { kind: 'unreadable' } })
    expect(pages).toBe(3)
  })

  test('ends when every page repeats the first', async () => {
    let pages = 0
    const walked = await walkPages(async () => {
      pages += 1
      return good({ rows: rowsOf(1), total: 2 })
    }, moved)
    expect(walked.ok).toBe(false)
    expect(pages).toBe(6)
  })

  test('goes by X-Total-Count for local snapshots and by total_count for SBS', async () => {
    const { provider, server } = await open()
    const count = 237
    const rows = (make: (changed: object) => object) =>
      Array.from({ length: count }, (_, at) => make({ id: `s${at}`, tags: [WIP] }))
    const instance = rows(instanceSnapshot)
    const block = rows(blockSnapshot)
    server.react = ({ path, query }) => {
      const from = (Number(query.get('page')) - 1) * 100
      return path.startsWith('/instance/')
        ? {
            status: 200,
            body: { snapshots: instance.slice(from, from + 100) },
            headers: { 'x-total-count': String(count) },
          }
        : { status: 200, body: { snapshots: block.slice(from, from + 100), total_count: count } }
    }
    for (const looks of [provider.looks.instance, provider.looks.block]) {
      const found = await looks.tagged({ zone: ZONE, project: PROJECT, tag: WIP })
      expect(found.ok && found.value.map(({ id }) => id)).toEqual(rowsOf(count).map(({ id }) => id))
    }
    expect(server.arrived.map(({ query }) => query.get('page'))).toEqual(['1', '2', '3', '1', '2', '3'])
  })

  test('a failing page is the failure of the list', async () => {
    const { provider, server } = await open()
    server.react = ({ query }) =>
      query.get('page') === '1'
        ? { status: 200, body: { snapshots: [blockSnapshot({ tags: [WIP] })], total_count: 101 } }
        : { status: 429 }
    const found = await provider.looks.block.tagged({ zone: ZONE, project: PROJECT, tag: WIP })
    expect(found).toMatchObject({ ok: false, failure: { kind: 'throttled', call: 'block ListSnapshots' } })
  })
})
