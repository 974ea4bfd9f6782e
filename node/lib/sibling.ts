// The project runs as TypeScript here and as JavaScript where it is installed: a file that is named at run time ends as its neighbour does.

/** The name of a module beside the one whose URL this is, with the ending that both have: `sibling('./a', '…/b.js')` is `./a.js`. */
export function sibling(name: string, ownUrl: string): string {
  return `${name}${moduleEnding(ownUrl)}`;
}

/** How modules end where the one with this URL stands. */
export function moduleEnding(ownUrl: string): '.ts' | '.js' {
  return ownUrl.endsWith('.ts') ? '.ts' : '.js';
}
