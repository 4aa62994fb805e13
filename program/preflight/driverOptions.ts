import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isLab, type NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { callEnvironment, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { describeError } from "../../scripts/system/progress.ts";

/** Reads the options that `docker-machine create --driver NAME --help` lists for this driver, with
 * the driver's prefix and without dashes before it: `amazonec2-region`. */
export function listedOptions(help: string, driver: string): string[] {
    return help.split("\n").flatMap((line) => {
        const name = /^\s+--([a-z0-9-]+)/.exec(line)?.[1];
        return name?.startsWith(`${driver}-`) === true ? [name] : [];
    });
}

/** Finds whether the docker-machine binary is there, and what is wrong with the options of drivers
 * that only it knows. */
export async function driverOptionProblems(
    nodes: readonly NodeArgs[],
    binary: string | undefined,
): Promise<string[]> {
    const asked = new Map<string, Set<string>>();
    for (const { machine } of nodes) {
        if (!isLab(machine) && "options" in machine) {
            const options = asked.get(machine.driver) ?? new Set();
            Object.keys(machine.options).forEach((option) => options.add(option));
            asked.set(machine.driver, options);
        }
    }
    // A binary that is named has to be there, whoever else needs it or not.
    let program: string;
    try {
        program = await findBinary(binary);
    } catch (error) {
        return [describeError(error)];
    }
    const found = await Promise.all(
        [...asked].map(([driver, options]) => problemsOf(program, driver, [...options])),
    );
    return found.flat();
}

async function problemsOf(
    program: string,
    driver: string,
    options: readonly string[],
): Promise<string[]> {
    let help: string;
    try {
        const words = ["create", "--driver", driver, "--help"];
        const settled = { env: callEnvironment(process.env), timeout: 20_000 };
        help = (await promisify(execFile)(program, words, settled)).stdout;
    } catch (error) {
        return [`driver: got "${driver}"; ${program} does not offer it: ${lastWords(error)}`];
    }
    return unknownOptions(driver, options, listedOptions(help, driver));
}

/** What a failed program said, rather than that it failed. */
function lastWords(error: unknown): string {
    const said: unknown = error instanceof Error && "stderr" in error ? error.stderr : "";
    return typeof said === "string" && said.trim() !== "" ? said.trim() : describeError(error);
}

/** Names the options that a driver does not list, with those that it does. */
export function unknownOptions(
    driver: string,
    options: readonly string[],
    listed: readonly string[],
): string[] {
    const names = listed.map((name) => name.slice(driver.length + 1));
    return options
        .filter((option) => !names.includes(option))
        .map(
            (option) =>
                `driverOptions.${option}: there is no such option of the driver ${driver}; it has ` +
                names.join(", "),
        );
}
