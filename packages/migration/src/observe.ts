import type { CloudFailure } from './cloud-failure.ts'
import type { Answer, Looks, SnapshotLooks } from './ports.ts'
import {
  isGood,
  type OwnerLook,
  type Question,
  type RowLook,
  type RowSeen,
  type Seen,
  type TagLook,
} from './question.ts'
import { good, type Result } from './result.ts'
import type { SnapshotSeen } from './seen.ts'

/** One looker for each slot of a question: what it adds to what was seen; an empty slot adds nothing. */
const LOOKERS = [
  ({ source }: Question, looks: Looks) =>
    source &&
    slot(
      'source',
      byOwner(source, looks, (api) => api.find(source)),
    ),
  ({ volume }: Question, looks: Looks) =>
    volume &&
    slot(
      'volume',
      byOwner(volume, looks, (api) => api.findVolume(volume)),
    ),
  ({ bucket }: Question, looks: Looks) => bucket && slot('bucket', looks.images.bucket(bucket)),
  ({ object }: Question, looks: Looks) => object && slot('object', looks.images.head(object)),
  ({ images }: Question, looks: Looks) => images && slot('images', looks.judge.images(images)),
  ({ judgement }: Question, looks: Looks) => judgement && slot('judgement', looks.judge.judge(judgement)),
  ({ row }: Question, looks: Looks) => row && slot('row', rowOf(row, looks)),
  ({ tagged }: Question, looks: Looks) => tagged && slot('tagged', tagLook(tagged, looks)),
  ({ proven }: Question, looks: Looks) => proven && slot('proven', tagLook(proven, looks)),
  ({ rows }: Question, looks: Looks) =>
    rows && slot('rows', together(rows.map((one) => looks[one.backend].find(one)))),
  ({ late }: Question, looks: Looks) =>
    late && slot('late', flat(together(late.map((one) => tagLook(one, looks))))),
]

/** Looks at everything a question names, side by side. A look that fails is an answer too; nothing throws for it. */
export async function observe(question: Question, looks: Looks): Promise<Seen> {
  const slots = await Promise.all(LOOKERS.map((looker) => looker(question, looks)))
  return Object.assign({}, ...slots)
}

async function slot<Name extends keyof Seen>(
  name: Name,
  answer: Promise<NonNullable<Seen[Name]>>,
): Promise<Seen> {
  return { [name]: await answer }
}

/** An unknown id is asked of Instance first; only its 404 sends us to Block. */
async function byOwner<T>(
  look: OwnerLook,
  looks: Looks,
  ask: (api: SnapshotLooks) => Answer<T | null>,
): Answer<T | null> {
  if (look.backend !== null) return ask(looks[look.backend])
  const first = await ask(looks.instance)
  return first.ok && first.value === null ? ask(looks.block) : first
}

async function rowOf(look: RowLook, looks: Looks): Promise<Result<RowSeen, CloudFailure>> {
  const row = await looks[look.backend].find(look)
  if (!row.ok) return row
  if (row.value === null || look.siblings === null || !isGood(row.value))
    return good({ row: row.value, siblings: [] })
  const siblings = await tagLook(look.siblings, looks)
  return siblings.ok ? good({ row: row.value, siblings: siblings.value }) : siblings
}

function tagLook(look: TagLook, looks: Looks): Answer<readonly SnapshotSeen[]> {
  return looks[look.backend].tagged(look)
}

/** All answers, or the first failure. */
async function together<T>(asked: readonly Answer<T>[]): Answer<readonly T[]> {
  const answers = await Promise.all(asked)
  const values: T[] = []
  for (const answer of answers) {
    if (!answer.ok) return answer
    values.push(answer.value)
  }
  return good(values)
}

async function flat<T>(asked: Answer<readonly (readonly T[])[]>): Answer<readonly T[]> {
  const answer = await asked
  return answer.ok ? good(answer.value.flat()) : answer
}
