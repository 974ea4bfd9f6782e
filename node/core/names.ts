// How the core calls peers and nodes. A file of its own, so that events and views can be named by the contract and name these themselves.

/** A peer of the transport: with libp2p its peer id as text. */
export type PeerId = string;
/** A configured node: n1, n2, …, f1. */
export type NodeName = string;
