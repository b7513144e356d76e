import type { WhyCode } from './why.ts'

/** Every rule that decides, by a stable code, with one sentence that says why. Rules that only wait are told by their `Why`. */
export const BECAUSE = {
  // The first checks
  'checks-good': 'Source, bucket and zones are as they must be: it is admitted into its first phase.',
  'checks-bad': 'The first checks found what makes the request impossible.',
  // Any phase
  'look-refused': 'The provider definitely refuses the look, and time does not heal that: a failed attempt.',
  'goes-in-circles': 'It has more events than any way to an ending needs: a person looks at it.',
  'phase-limit-over': 'Nothing has changed for longer than the phase may take.',
  'answer-found': 'The answer to our create was lost, and what it made is there: it is adopted.',
  'answer-too-old': 'So long after its announcement a create that left no trace was never done.',
  'made-before': 'Something of this round is there already: it is announced, and the next look adopts it.',
  'nothing-made': 'Nothing of this round is there: it is announced, and then made once.',
  'made-broken': 'The provider shows what we made as broken.',
  'made-locked': 'The provider has locked what we made: a person is asked.',
  'made-vanished': 'What we made was seen or is old enough to be seen, and two looks did not find it.',
  'forgotten-found':
    'Redis had forgotten things of other rounds, or made of an older image: they are known again and will be removed.',
  'proven-before': 'A proven copy of this migration is there, which the record has forgotten: it is adopted.',
  // Snapshot
  'snapshot-ready': 'The snapshot we took is available; any other one of this round is an extra.',
  // Export
  'place-needed': 'A budget limits how many imports run at a time: a place in it comes first.',
  'claim-needed':
    'One migration at a time exports a source, and budgets limit all exports: the claim and the places come first.',
  'export-due':
    'The source is ready and nothing of ours is on the way: the export starts, under a key never used.',
  'export-accepted': 'An object lies under the key of the announced export: the export was accepted.',
  'image-complete': 'A complete image of ours is there: it is adopted, whichever send made it.',
  'image-damaged': 'An object of ours is there, and it is no image.',
  'export-empty': 'The export has ended, and two looks found no image of it.',
  'source-broken': 'The provider shows the source as broken.',
  'source-closed': 'The provider has locked the source.',
  'source-lost': 'Two looks did not find the source, and no image of it is complete.',
  'taken-lost': 'The snapshot we took is gone before its image was complete: another one is taken.',
  'taken-lost-again': 'The snapshot we took is gone once more: going back again would never end.',
  // Inspect, and the image in later phases
  'image-sound': 'Header and tables of the image are sane, and its disk has the size that is wanted.',
  'image-unsound': 'Header or tables of the image are not what the importer takes.',
  'export-anew': 'The image we exported is not sound: it is thrown away and exported again.',
  'image-of-other-size': 'The disk in the image has another size than the source.',
  'size-too-small': 'The disk in the image does not fit into the size that was asked for.',
  'image-missing': 'The image that was named is not in the bucket.',
  'image-lost': 'The image we exported is gone or replaced: it is exported again.',
  'image-lost-again':
    'The image we exported is gone or replaced once more: going back again would never end.',
  'image-replaced': 'The image is no longer the one that was inspected.',
  // Import and verify
  'copy-ready': 'The provider shows the copy as available.',
  'copy-good': 'Id, type, size, zone, project and state of the copy agree with the plan: it is proven.',
  'copy-not-as-planned': 'The copy is there and is not what was planned.',
  'copy-not-recorded': 'No copy is recorded that could be verified: it is imported again.',
  // Tidy
  'mark-due': 'What stays does not carry its mark yet: the mark is written.',
  'mark-seen': 'A look showed the mark: it stays.',
  'mark-given-up': 'The mark could not be written in its time, or the thing is gone: that is listed.',
  'image-kept': 'The image stays in the bucket, as was asked for.',
  'removal-due': 'We made these things and need them no more: they are removed, newest first.',
  'removal-given-up': 'The provider refused the removal for longer than its limit: what is left is listed.',
  'strangers-seen': 'The last look showed things of ours that no line accounts for: they are removed too.',
  'nothing-left': 'All that was made is kept, removed or listed.',
  // Unwinding and parked
  'undo-limit-over': 'Undoing took longer than its limit: what is left is listed.',
  'park-limit-over': 'Nobody attended to it in its time.',
  // What a write came to
  'answer-made': 'The provider says that it was made.',
  'answer-known': 'The record has this already: whoever was faster found what the write made.',
  'answer-unwanted': 'Nobody waits for what the write made any more: it is removed.',
  'answer-moot': 'The write made nothing that anybody waits for.',
  'write-refused': 'The provider definitely refused: nothing was made, and time does not heal that.',
  'write-put-off': 'The provider refused for now: nothing was made, and it is sent again later.',
  'write-held':
    'The provider refused what is wrong with the account and not with this migration: a hold is put up, and it is sent again later.',
  'write-kept-back': 'The write came too late after its announcement and was not sent: it is announced anew.',
  'intent-closed':
    'The provider definitely refused, where a failed attempt changes nothing: the intent is closed.',
  'removal-answered': 'What went is gone; what does not carry our mark is listed and not touched.',
  'removal-refused':
    'What went is gone; what refuses to go is tried again, or listed when nobody waits for it.',
} as const satisfies Record<string, string>

/** A rule that records something or writes something. */
export type BecauseCode = keyof typeof BECAUSE

/** A rule that decided: one that acts, or the reason of one that waits. */
export type Rule = BecauseCode | WhyCode

/** Why a decision is what it is: a stable code and one sentence. */
export interface Because {
  readonly rule: Rule
  readonly text: string
}

/** The reason that a rule of the catalogue gives. */
export function because(rule: BecauseCode): Because {
  return { rule, text: BECAUSE[rule] }
}
