// The configured list as libp2p meets it: which peer id is which node, who may dial whom, and the only addresses that may be dialled.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import type { NodeName, PeerId } from '../core/contract.ts';
import { present } from '../lib/assert.ts';
import type { Address } from '../types/transaction.ts';
import { HostError } from './host-error.ts';
import { addressOfPeer, dials } from './identity.ts';

export type RosterOptions = {
  readonly name: NodeName;
  readonly nodes: readonly { readonly name: NodeName; readonly nodeAddress: Address }[];
  readonly dial: readonly {
    readonly name: NodeName;
    readonly host: string;
    readonly port: number;
    /** What the noise handshake must prove; null: the node address alone decides, after the handshake. */
    readonly peerId: PeerId | null;
  }[];
};

export type Roster = {
  /** The configured name of a peer's key, or null where it is not in the list or is our own. */
  readonly nameOf: (peer: Libp2pPeerId) => NodeName | null;
  /** Whether this peer is the one of the pair that dials. */
  readonly mayDialUs: (peer: Libp2pPeerId) => boolean;
  readonly dialAddress: (name: NodeName) => Multiaddr;
  /** Whether an address is a configured one. Addresses that peers tell of themselves are not. */
  readonly isDialAddress: (address: Multiaddr) => boolean;
};

export function createRoster(options: RosterOptions): Roster {
  const byAddress = new Map(options.nodes.map((node) => [node.nodeAddress, node.name]));
  const names = new Map<PeerId, NodeName | null>();
  const addresses = new Map(options.dial.map((target) => [target.name, targetAddress(target)]));
  const allowed = new Set([...addresses.values()].map(withoutPeer));

  const nameOf = (peer: Libp2pPeerId): NodeName | null => {
    const id = peer.toString();
    const known = names.get(id);
    if (known !== undefined) return known;
    const address = addressOfPeer(peer);
    const name = address === null ? undefined : byAddress.get(address);
    if (name === undefined || name === options.name) return null; // strangers are not remembered: they can make up any number of keys
    names.set(id, name);
    return name;
  };

  return {
    nameOf,
    mayDialUs(peer) {
      const name = nameOf(peer);
      return name !== null && dials(name, options.name);
    },
    dialAddress: (name) => present(addresses.get(name), `${name} has no address to dial`),
    isDialAddress: (address) => allowed.has(withoutPeer(address)),
  };
}

/** The multiaddress to listen on; libp2p takes numbers only, so a host name is looked up. */
export async function listenAddress(host: string, port: number): Promise<Multiaddr> {
  return multiaddr(`${hostPart(isIP(host) === 0 ? await resolve(host) : host)}/tcp/${port}`);
}

function targetAddress(target: RosterOptions['dial'][number]): Multiaddr {
  const address = `${hostPart(target.host)}/tcp/${target.port}`;
  return multiaddr(target.peerId === null ? address : `${address}/p2p/${target.peerId}`);
}

function hostPart(host: string): string {
  const version = isIP(host);
  return version === 0 ? `/dns/${host}` : `/ip${version}/${host}`;
}

function withoutPeer(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, '');
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new HostError('address-unavailable', `p2p: the host name ${host} is unknown`, { cause: error });
  }
}
