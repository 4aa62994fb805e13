import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";
import { examplesFolder } from "../../../cli/example/examples.ts";
import { declare, type Declared } from "../declare.ts";

/** The stack whose file has the settings. */
const stack = "dev";

const projectSchema = z.object({
    config: z.record(z.string(), z.object({ default: z.unknown().optional() })).default({}),
});
const stackSchema = z.object({ config: z.record(z.string(), z.unknown()).default({}) });

/** The request of `machine up`. */
const machineSchema = z.object({ machine: z.string(), flags: z.array(z.string()) });

/** The runs so far: modules are loaded once, so a program runs only once in a process. */
const runs = new Map<string, Promise<readonly Declared[]>>();

/** What an example declares with its stack file's settings, where every script answers as on success. */
export function declaredByExample(name: string): Promise<readonly Declared[]> {
    const run = runs.get(name) ?? runExample(name);
    runs.set(name, run);
    return run;
}

async function runExample(name: string): Promise<readonly Declared[]> {
    const folder = join(examplesFolder, name);
    const read = (file: string): unknown => parse(readFileSync(join(folder, file), "utf8"));
    const settings = projectSchema.parse(read("Pulumi.yaml")).config;
    const { config } = stackSchema.parse(read(`Pulumi.${stack}.yaml`));
    // As Pulumi hands them to a program: the stack's over the defaults, as text.
    const values = [
        ...Object.entries(settings).map(([key, { default: value }]) => [`${name}:${key}`, value]),
        ...Object.entries(config),
    ].filter(([, value]) => value !== undefined);
    const texts = values.map(([key, value]): [string, string] => [
        String(key),
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const { declared } = await declare(
        async () => {
            pulumi.runtime.setAllConfig(Object.fromEntries(texts));
            await import(pathToFileURL(join(folder, "index.ts")).href);
        },
        { project: name, stack, outputs: ({ inputs }) => answerOf(inputs) },
    );
    return declared;
}

/** What scripts answer that make a secured cluster's secrets. */
const answers: Readonly<Record<string, string>> = {
    "secret ca": JSON.stringify({ certificate: "a certificate", key: "a key" }),
    "secret joining": JSON.stringify({
        clientCertificate: "a certificate",
        clientKey: "a key",
        serverCertificate: "a certificate",
        serverKey: "a key",
    }),
    "secret seed": "c2VlZA==",
};

/** What a script of ours would answer. A machine that is told no address stands in with its name. */
function answerOf({ create, stdin }: Readonly<Record<string, unknown>>) {
    if (create !== "machine up") {
        const said = answers[String(create)] ?? "";
        return { stdout: create === "formation record" ? stdin : said };
    }
    const { machine, flags } = machineSchema.parse(JSON.parse(String(stdin)));
    const address = /--generic-ip-address=(\S+)/.exec(flags.join(" "))?.[1] ?? machine;
    const endpoint = `tcp://${address}:2376`;
    const files = { ca: "", cert: "", key: "" };
    const answer = { address, endpoint, bridgeAddress: "172.17.0.1", dockerVersion: "", ...files };
    return { stdout: JSON.stringify(answer) };
}
