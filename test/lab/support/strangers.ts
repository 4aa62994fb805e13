import { onMachine } from "./host.ts";

/** Port on which the stranger gossips: the machine's own agent has the usual one. */
const gossipPort = 8401;

/** An agent that is none of its stack's. */
export interface Stranger {
    readonly stack: string;
    /** The node on whose machine it runs, and that machine's address. */
    readonly node: string;
    readonly address: string;
    /** Address and gossip port of the agent that it joins. */
    readonly joins: string;
    /** Its gossip key. */
    readonly key: string;
}

/** The name that it joins by. */
export const strangerName = "stranger";

/**
 * Runs an agent of the stack's image on one of its machines, as somebody does who has reached the network, and has it
 * join.
 *
 * @returns whether the agent that it joined let it in, and its log.
 */
export async function runStranger({ stack, node, address, joins, key }: Stranger) {
    const there = (...words: string[]) => onMachine(stack, node, "docker", ...words);
    const image = await there("inspect", "--format={{.Config.Image}}", "consul");
    const ports = ["tcp", "udp"].map(
        (kind) => `--publish=${address}:${gossipPort}:${gossipPort}/${kind}`,
    );
    await there(
        ...["run", "--detach", `--name=${strangerName}`, ...ports, image],
        ...["agent", `-node=${strangerName}`, "-data-dir=/stranger", "-bind=0.0.0.0"],
        ...[`-advertise=${address}`, `-serf-lan-port=${gossipPort}`, `-encrypt=${key}`],
    );
    const script = [
        `for i in $(seq 60); do docker exec ${strangerName} consul members >/dev/null 2>&1 && break; sleep 0.5; done`,
        `docker exec ${strangerName} consul join ${joins} 2>&1; echo "joined: $?"`,
        `docker logs ${strangerName} 2>&1`,
    ];
    const log = await onMachine(stack, node, "sh", "-c", script.join("\n"));
    return { isLetIn: /^joined: 0$/m.test(log), log };
}

/** Has it leave, and removes it. */
export async function removeStranger(stack: string, node: string): Promise<void> {
    const script = [
        `docker exec ${strangerName} consul leave >/dev/null 2>&1`,
        `docker rm --force --volumes ${strangerName}`,
    ];
    await onMachine(stack, node, "sh", "-c", script.join("\n"));
}
