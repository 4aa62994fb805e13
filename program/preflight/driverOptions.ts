import { callEnvironment, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { run, tail } from "../../scripts/system/process.ts";
import { describeError } from "../../scripts/system/progress.ts";
import type { DeclaredMachine } from "./stackMachines.ts";

/** Reads the options that `docker-machine create --driver NAME --help` lists for this driver, with
 * the driver's prefix and without dashes before it: `amazonec2-region`. */
export function listedOptions(help: string, driver: string): string[] {
    return help.split("\n").flatMap((line) => {
        const name = /^\s+--([a-z0-9-]+)/.exec(line)?.[1];
        return name?.startsWith(`${driver}-`) === true ? [name] : [];
    });
}

/** Checks whether the docker-machine binary is there, and the options of drivers that only it knows. */
export async function driverOptionProblems(
    declared: readonly Pick<DeclaredMachine, "machine">[],
    binary: string | undefined,
): Promise<string[]> {
    // A binary that is named has to be there, whether a driver needs it or not.
    let program: string;
    try {
        program = await findBinary(binary);
    } catch (error) {
        return [describeError(error)];
    }
    const asked = declared.flatMap(({ machine }) => ("options" in machine ? [machine] : []));
    const drivers = [...new Set(asked.map(({ driver }) => driver))];
    const found = await Promise.all(
        drivers.map((driver) => {
            const ofDriver = asked.filter((machine) => machine.driver === driver);
            const options = ofDriver.flatMap((machine) => Object.keys(machine.options));
            return problemsOf(program, driver, [...new Set(options)]);
        }),
    );
    return found.flat();
}

async function problemsOf(
    program: string,
    driver: string,
    options: readonly string[],
): Promise<string[]> {
    const words = ["create", "--driver", driver, "--help"];
    const env = callEnvironment(process.env);
    const help = await run(program, words, { env, timeoutMs: 20_000 });
    return help.code === 0
        ? unknownOptions(driver, options, listedOptions(help.stdout, driver))
        : [
              `driver: got "${driver}"; ${program} does not offer it: ${tail(help) || `it ended with ${help.code}`}`,
          ];
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
