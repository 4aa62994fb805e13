import type { NodeArgs } from "../components/clusterArgs.ts";
import { isLab } from "../components/clusterArgs.ts";
import { callEnvironment, findBinary } from "../scripts/dockerMachineCli.ts";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describeError } from "../scripts/progress.ts";

/** One option of a driver, as its binary lists it. */
export interface ListedOption {
    /** With the driver's prefix, without dashes before it: `amazonec2-region`. */
    readonly name: string;
    /** The environment variable that gives it too, where there is one. */
    readonly variable?: string;
}

/** Reads the options that `docker-machine create --driver NAME --help` lists for this driver. */
export function listedOptions(help: string, driver: string): ListedOption[] {
    return help.split("\n").flatMap((line) => {
        const name = /^\s+--([a-z0-9-]+)/.exec(line)?.[1];
        if (name?.startsWith(`${driver}-`) !== true) {
            return [];
        }
        const variable = /\[\$([A-Z0-9_]+)[^\]]*\]/.exec(line)?.[1];
        return [variable === undefined ? { name } : { name, variable }];
    });
}

/** Finds what is wrong with the options of drivers that only the binary knows. */
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
    const found = await Promise.all(
        [...asked].map(([driver, options]) => problemsOf(driver, [...options], binary)),
    );
    return found.flat();
}

async function problemsOf(
    driver: string,
    options: readonly string[],
    binary: string | undefined,
): Promise<string[]> {
    try {
        const { stdout } = await promisify(execFile)(
            await findBinary(binary),
            ["create", "--driver", driver, "--help"],
            { env: callEnvironment(process.env), timeout: 20_000 },
        );
        return unknownOptions(driver, options, listedOptions(stdout, driver));
    } catch (error) {
        return [
            `driver: got "${driver}"; docker-machine does not offer it: ${describeError(error)}`,
        ];
    }
}

/** Names the options that a driver does not list, with those that it does. */
export function unknownOptions(
    driver: string,
    options: readonly string[],
    listed: readonly ListedOption[],
): string[] {
    const names = listed.map(({ name }) => name.slice(driver.length + 1));
    return options
        .filter((option) => !names.includes(option))
        .map(
            (option) =>
                `driverOptions.${option}: there is no such option of the driver ${driver}; it has ` +
                `${names.join(", ")}`,
        );
}
