import { SharedPlaces } from "../../util/shared-places.ts"

/** The threads of Node's pool that guests' crypto and compression may take: of the usual four, one is always the host's. */
export const poolPlaces: SharedPlaces = new SharedPlaces({ all: 3, ofOwner: 2 })
