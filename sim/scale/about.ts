// What of a large network is real and what is a model: whoever prints figures of one prints this beside them.

export const ABOUT_SCALE = {
  real: 'blocks, transfers, signatures, RLP, tries, execution, header and body rules, sealing plans, fork choice, attestation messages',
  modelled:
    'the mesh, the places of nodes, delays with jitter, upload rates, 3 ms of handling at each node; transfers reach sealers at once; no status exchange, no sync but after a cut, who attests is drawn',
  memos: 'execution and judgement once for all equal machines; signatures, decoded messages and encodings once',
} as const;
