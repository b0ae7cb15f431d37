/** A request that the rules for the network do not allow: the same one would be refused again. */
export class RefusedRequest extends TypeError {}
