import { one, type BadSettings } from "./badCase.ts";

const atOnceRule = "a whole number from 1, or a part from 1% to 100%";

/** Steps of a change that cannot be gone. */
export const badRollout: readonly BadSettings[] = [
    one(
        "no clients at once",
        { clients: 2, rollout: { clientsAtOnce: 0 } },
        `rollout.clientsAtOnce: got 0; ${atOnceRule}`,
    ),
    one(
        "a part of the clients that is no part",
        { clients: 2, rollout: { clientsAtOnce: "a few" } },
        `rollout.clientsAtOnce: got "a few"; ${atOnceRule}`,
    ),
    one(
        "a key of a rollout that there is not",
        { rollout: { batch: 2 } },
        "rollout.batch: got 2; there is no such setting; there are clientsAtOnce, canary, pauseBefore",
    ),
    one(
        "a server for a canary",
        { clients: 2, rollout: { canary: "server-3" } },
        'rollout.canary: got "server-3"; a client: servers change one after another, the first one first; pauseBefore ' +
            "stops before one of them",
    ),
    one(
        "a canary that there is not",
        { clients: 2, rollout: { canary: "client-3" } },
        'rollout.canary: got "client-3"; a client; there are client-1, client-2',
    ),
    one(
        "a pause before nodes that there are not",
        { servers: 1, clients: 1, rollout: { pauseBefore: ["client-1", "server-2", "client-7"] } },
        'rollout.pauseBefore: got "server-2"; a node; there are server-1, client-1',
        'rollout.pauseBefore: got "client-7"; a node; there are server-1, client-1',
    ),
    one(
        "a pause that is no name",
        { rollout: { pauseBefore: 2 } },
        "rollout.pauseBefore: got 2; the name of a node, or a list of names",
    ),
    one(
        "a pause on one machine",
        { oneMachine: true, rollout: { pauseBefore: "server-2" } },
        'rollout.pauseBefore: got "server-2"; nodes that share a machine share its image as well; leave it out',
    ),
];
