// EIP-225's own test cases of voting, as words.

/** Blocks as words: `A` seals without a vote, `A+B` votes to add B, `A-B` to drop it. */
export const VOTING_CASES: readonly {
  readonly what: string;
  readonly epoch?: number;
  readonly signers: string;
  readonly blocks: string;
  readonly result?: string;
  readonly failure?: string;
}[] = [
  { what: 'one signer, no votes cast', signers: 'A', blocks: 'A', result: 'A' },
  { what: 'one signer adds two: the second needs 2 votes', signers: 'A', blocks: 'A+B B A+C', result: 'AB' },
  {
    what: 'two signers add three: the third needs 3 votes already',
    signers: 'AB',
    blocks: 'A+C B+C A+D B+D C A+E B+E',
    result: 'ABCD',
  },
  { what: 'one signer drops itself', signers: 'A', blocks: 'A-A', result: '' },
  { what: 'two signers need consent to drop one, not given', signers: 'AB', blocks: 'A-B', result: 'AB' },
  { what: 'two signers need consent to drop one, given', signers: 'AB', blocks: 'A-B B-B', result: 'A' },
  { what: 'two of three drop the third', signers: 'ABC', blocks: 'A-C B-C', result: 'AB' },
  { what: 'two of four are too few to drop one', signers: 'ABCD', blocks: 'A-C B-C', result: 'ABCD' },
  { what: 'three of four drop one', signers: 'ABCD', blocks: 'A-D B-D C-D', result: 'ABC' },
  { what: 'additions count once per signer and target', signers: 'AB', blocks: 'A+C B A+C B A+C', result: 'AB' },
  {
    what: 'several additions at a time',
    signers: 'AB',
    blocks: 'A+C B A+D B A B+D A B+C',
    result: 'ABCD',
  },
  { what: 'drops count once per signer and target', signers: 'AB', blocks: 'A-B B A-B B A-B', result: 'AB' },
  {
    what: 'several drops at a time',
    signers: 'ABCD',
    blocks: 'A-C B C A-D B C A B-D C-D A B-C',
    result: 'AB',
  },
  {
    what: 'votes of a dropped signer are discarded at once (drops)',
    signers: 'ABC',
    blocks: 'C-B A-C B-C A-B',
    result: 'AB',
  },
  {
    what: 'votes of a dropped signer are discarded at once (additions)',
    signers: 'ABC',
    blocks: 'C+D A-C B-C A+D',
    result: 'AB',
  },
  {
    what: 'no cascades: only the account voted on changes',
    signers: 'ABCD',
    blocks: 'A-C B C A-D B-C C A B-D C-D',
    result: 'ABC',
  },
  {
    what: 'a majority reached by a drop takes effect on touch',
    signers: 'ABCD',
    blocks: 'A-C B C A-D B-C C A B-D C-D A C+C',
    result: 'AB',
  },
  {
    what: 'a majority reached by a drop may be lost on first touch',
    signers: 'ABCD',
    blocks: 'A-C B C A-D B-C C A B-D C-D A B+C',
    result: 'ABC',
  },
  {
    what: 'pending votes do not survive a change of standing',
    signers: 'ABCDE',
    blocks: 'A+F B+F C+F D-F E-F B-F C-F D+F E+F B-A C-A D-A B+F',
    result: 'BCDEF',
  },
  { what: 'a checkpoint flushes the votes', epoch: 3, signers: 'AB', blocks: 'A+C B A B+C', result: 'AB' },
  { what: 'a stranger seals', signers: 'A', blocks: 'B', failure: 'seal-unauthorized' },
  { what: 'a signer seals twice in a row', signers: 'AB', blocks: 'A A', failure: 'seal-recently-signed' },
  {
    what: 'recent seals are not reset by a checkpoint',
    epoch: 3,
    signers: 'ABC',
    blocks: 'A B A A',
    failure: 'seal-recently-signed',
  },
];
