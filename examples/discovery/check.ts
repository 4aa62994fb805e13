import { eventually, type RunningExample } from "../../cli/example/check.ts";

/** The coordinator knows exactly the declared workers, by blocking queries and by DNS, and each of them
 * answers it. */
export async function check({ outputs, tell }: RunningExample): Promise<void> {
    const wanted = [...(outputs.workerNames as readonly string[])].sort();
    const ask = async <T>(path: string): Promise<T> => {
        const response = await fetch(`${String(outputs.coordinatorUrl)}${path}`, {
            signal: AbortSignal.timeout(5000),
        });
        return (await response.json()) as T;
    };
    await eventually(`the coordinator knows ${wanted.join(", ")}`, 30, async () => {
        const { workers } = await ask<{ readonly workers: readonly { readonly id: string }[] }>(
            "workers",
        );
        const found = workers.map(({ id }) => id);
        if (found.join() !== wanted.join()) {
            throw new Error(`it knows ${found.join(", ") || "none"}`);
        }
    });
    tell(`the coordinator knows ${wanted.length} workers: ${wanted.join(", ")}`);

    const answers = await ask<Record<string, string>>("ask");
    const unanswered = wanted.filter(
        (id) => answers[id]?.startsWith(`${id} has answered`) !== true,
    );
    if (unanswered.length > 0) {
        throw new Error(`no answer from ${unanswered.join(", ")}: ${JSON.stringify(answers)}`);
    }
    tell("each of them answers it, from its own machine");

    await eventually("DNS names as many", 5, async () => {
        const found = await ask<readonly string[]>("dns");
        if (found.length !== wanted.length) {
            throw new Error(`it names ${found.join(", ") || "none"}`);
        }
    });
    tell("DNS, the plain way, names as many");
    tell(`its page: ${String(outputs.coordinatorUrl)}`);
}
