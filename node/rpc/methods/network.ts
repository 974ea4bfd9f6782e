// Who answers: the network, the client, and this node's connections.

import type { NodeView } from '../../core/view.ts';
import { quantity } from '../../lib/bytes.ts';
import { keccakHex } from '../../lib/hashing.ts';
import { serverFault } from '../errors.ts';
import type { Json } from '../json.ts';
import { argument, toBytes } from '../params.ts';

/** The release that web3_clientVersion names. */
export const CLIENT_VERSION = 'v0.1.0';

export function chainId(view: NodeView): Json {
  return quantity(view.config.chainId);
}

/** The chain id in decimal: MetaMask cannot add a network without it. */
export function networkVersion(view: NodeView): Json {
  return view.config.chainId.toString();
}

export function clientVersion(view: NodeView): Json {
  return `Lockstep/${CLIENT_VERSION}/${view.name}`;
}

export function isListening(): Json {
  return true;
}

export function peerCount(view: NodeView): Json {
  return quantity(view.peers.length);
}

/** A node that is behind catches up within seconds, and every answer is by what it has: there is no progress to tell. */
export function syncing(): Json {
  return false;
}

export function sha3(_view: NodeView, params: readonly unknown[]): Json {
  return keccakHex(toBytes(argument(params, 0)));
}

/** The node holds no account keys: wallets and tools bring their own. */
export function accounts(): Json {
  return [];
}

/** Who this node seals as. */
export function coinbase(view: NodeView): Json {
  if (view.signer === null) throw serverFault('etherbase must be explicitly specified');
  return view.signer;
}
