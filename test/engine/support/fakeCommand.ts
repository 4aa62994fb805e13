import {
    unknownValue,
    type Properties,
    type ProviderPackage,
    type Subject,
} from "../../../providers/protocol/provider.ts";
import { differences } from "./difference.ts";
import { instanceOf, type FakeProvider } from "./fakeProvider.ts";
import type { World } from "./world.ts";

/**
 * The provider of Commands, 1.2.1, as far as our components use it: every
 * changed input is an update, a changed trigger a replacement, delete runs what the state says and
 * nothing is ever read. Where there is no text for it, nothing is run.
 */
export function fakeCommand(world: World): ProviderPackage {
    return { name: "command", version: "1.2.1", instance: () => instanceOf(commandsOn(world)) };
}

function commandsOn(world: World): FakeProvider {
    const run = (operation: string, subject: Subject, verb: unknown, inputs: Properties) =>
        typeof verb !== "string"
            ? Promise.resolve("")
            : world.perform({ what: `${operation} ${subject.name}`, host: "local", inputs }, () =>
                  answerOf(world, verb, request(inputs)),
              );
    return {
        configure: () => undefined,
        diff: (_subject, olds, news) => ({
            // It replaces for the list as a whole, by itself; for an element only because the
            // package's SDK adds "triggers[*]" to replaceOnChanges.
            paths: differences(olds, news, (path) => path === "triggers"),
        }),
        foresee: (inputs) => ({ ...inputs, stdout: unknownValue, stderr: unknownValue }),
        create: async (subject, inputs) => {
            const stdout = await run("create", subject, inputs.create, inputs);
            return { id: `command-${world.next()}`, state: { ...inputs, stdout, stderr: "" } };
        },
        update: async (subject, news, { stdout: before }) => {
            const text = news.update ?? news.create;
            const printed = await run("update", subject, text, news);
            const isSecured = text === "formation secure" && news.addPreviousOutputInEnv === true;
            const stdout = isSecured ? securedFormation(String(before)) : printed;
            return { ...news, stdout, stderr: "" };
        },
        delete: async (subject, state) => {
            await run("delete", subject, state.delete, state);
        },
        exists: () => true,
    };
}

function request(inputs: Properties): Properties {
    return JSON.parse(String(inputs.stdin)) as Properties;
}

/** How every secret of a cluster begins. */
export const hushed = "never in clear:";

/** What a verb of `scripts/run.ts` would print, and what it would do. */
function answerOf(world: World, verb: string, asked: Properties): string {
    switch (verb) {
        case "store open":
            return world.keepsStore ? JSON.stringify({ kept: keptAuthority() }) : "";
        case "machine up":
            return machineUp(world, asked);
        case "machine down":
            return machineDown(world, asked);
        case "formation record":
            return JSON.stringify(asked);
        case "secret seed":
            return `${hushed} seed ${world.next()}`;
        case "secret ca":
            return asked.brought !== undefined
                ? JSON.stringify(asked.brought)
                : JSON.stringify({ certificate: `CA ${world.next()}`, key: `${hushed} key` });
        case "secret client":
            return JSON.stringify({ certificate: `client ${world.next()}`, key: `${hushed} key` });
        case "secret joining":
            return JSON.stringify({
                clientCertificate: `clients ${world.next()}`,
                clientKey: `${hushed} key`,
                serverCertificate: `servers ${world.next()}`,
                serverKey: `${hushed} key`,
            });
        case "instance up":
            return String(asked.address);
        case "program refuse":
            throw new Error(String(asked.problem));
        case "lab key":
            return "ssh-ed25519 AAAA";
        default:
            return "";
    }
}

function securedFormation(before: string): string {
    return JSON.stringify({ ...(JSON.parse(before) as object), security: "full" });
}

function machineUp(world: World, asked: Properties): string {
    const machine = String(asked.machine);
    const endpoint = endpointOf(machine, asked);
    const { hostname } = new URL(endpoint);
    if (!world.engines.has(endpoint)) {
        world.engines.set(endpoint, new Set());
    }
    world.generations.set(machine, asked.generation);
    return JSON.stringify({
        address: asked.address ?? hostname,
        endpoint,
        bridgeAddress: "172.17.0.1",
        dockerVersion: "27.0.0",
        ca: `ca of ${machine}`,
        cert: `cert of ${machine}`,
        key: `key of ${machine}`,
        // The hosts have addresses of one VPN, and all others of theirs are translated.
        ...(endpoint.startsWith("tcp://100.64.") ? { reachAddress: hostname } : {}),
        ...(world.keepsStore ? { kept: keptMachine(machine, asked) } : {}),
    });
}

/** What the state keeps of a store. */
function keptAuthority(): Properties {
    const files = ["ca", "ca-key", "cert", "key"];
    return Object.fromEntries(files.map((file) => [`certs/${file}.pem`, `${hushed} ${file}`]));
}

/** What it keeps of a machine. */
function keptMachine(machine: string, { owner, generation }: Properties): Properties {
    return {
        [`machines/${machine}/config.json`]: JSON.stringify({ Driver: { StorePath: "{store}" } }),
        [`machines/${machine}/key.pem`]: `${hushed} key of ${machine}`,
        [`records/${machine}.json`]: JSON.stringify({ owner, generation, state: "made" }),
    };
}

/** A machine of another generation took the place of a lost one, and is not removed for it. */
function machineDown(world: World, asked: Properties): string {
    const machine = String(asked.machine);
    if (world.generations.get(machine) === asked.generation) {
        world.engines.delete(endpointOf(machine, asked));
    }
    return "";
}

/** Where a machine's engine listens: at the given address, else at one made from its name. */
function endpointOf(machine: string, asked: Properties): string {
    const flags = asked.flags as readonly string[];
    const given = flags.find((flag) => flag.startsWith("--generic-ip-address="));
    return `tcp://${given?.split("=")[1] ?? `10.9.0.${machine.charCodeAt(machine.length - 1)}`}:2376`;
}
