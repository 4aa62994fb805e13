import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { cloneDoor } from "../../../../cli/clone/cloneDoor.ts";
import { packageDoor } from "../../../../cli/commands/packageDoor.ts";
import { importAnswer } from "../../../../cli/verbs/answers.ts";
import type { Door } from "../../../../cli/verbs/verb.ts";
import { ranCommand } from "../../../support/ranCommand.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/** The package's own door, with the program's check of settings, which a clone has. */
const checking: Door = {
    ...packageDoor,
    settingsCheck: async (texts, owner) => {
        const others = Object.entries(texts).filter(([name]) => name !== "gossipKey");
        const found = await cloneDoor.settingsCheck?.(Object.fromEntries(others), owner);
        return found ?? { problems: ["no check"], warnings: [] };
    },
};

const stackText = `# The shop's cluster.
config:
    consul-machines:driver: lab # containers
    consul-machines:serverConfig:
        log_level: INFO
    aws:region: eu-west-1
`;

interface Program {
    readonly folder: string;
    readonly run: (...words: string[]) => ReturnType<typeof ranCommand>;
    readonly stackFile: () => Promise<string>;
    /** What Pulumi's CLI was given: arguments, and standard input. */
    readonly given: () => Promise<string>;
}

/** A clone's folder with files of Consul's, and a stub of Pulumi's CLI on PATH. */
async function program(
    files: Readonly<Record<string, object>>,
    stack = stackText,
): Promise<Program> {
    const folder = await tempFolder();
    const root = join(import.meta.dirname, "../../../..");
    await mkdir(join(folder, "bin"));
    await mkdir(join(folder, "consul.d"));
    const yaml = await readFile(join(root, "Pulumi.yaml"), "utf8");
    // Whichever of the settings is the gossip key's place, these tests have one.
    const text = yaml.includes("\n    gossipKey:")
        ? yaml
        : `${yaml}    gossipKey: { type: string }\n`;
    await writeFile(join(folder, "Pulumi.yaml"), text);
    await writeFile(join(folder, "Pulumi.prod.yaml"), stack);
    for (const [name, value] of Object.entries(files)) {
        await writeFile(join(folder, "consul.d", name), JSON.stringify(value));
    }
    const given = join(folder, "given");
    await writeFile(given, "");
    const script = `#!/bin/sh
case "$*" in
*version*) echo v3.276.0 ;;
*nothing*) echo "error: no stack named 'nothing' found" >&2; exit 255 ;;
*"config set"*) { echo "$*"; cat; echo; } >>'${given}' ;;
*) echo '[{"name":"prod","current":true}]' ;;
esac
`;
    await writeFile(join(folder, "bin/pulumi"), script, { mode: 0o755 });
    stubEnv("PATH", [join(folder, "bin"), process.env.PATH ?? ""].join(delimiter));
    return {
        folder,
        run: (...words) =>
            ranCommand(["import", join(folder, "consul.d"), "--cwd", folder, ...words], checking),
        stackFile: () => readFile(join(folder, "Pulumi.prod.yaml"), "utf8"),
        given: () => readFile(given, "utf8"),
    };
}

const server = {
    "10.json": { server: true, bootstrap_expect: 3, datacenter: "North", data_dir: "/opt/consul" },
    "20.json": { limits: { rpc_rate: 200 }, telemetry: { disable_hostname: true } },
};

describe("import", () => {
    it("shows what it would write, with all that has no place, and writes nothing", async () => {
        const { run, stackFile, folder } = await program(server);
        const { code, out } = await run();
        expect(code).toBe(0);
        expect(out.replaceAll(folder, "FOLDER"))
            .toBe(`Read FOLDER/consul.d/10.json, FOLDER/consul.d/20.json

For the servers, not written; --write puts it into FOLDER/Pulumi.prod.yaml:
    config:
        consul-machines:serverConfig:
            log_level: INFO
            limits:
                rpc_rate: 200
            telemetry:
                disable_hostname: true
        consul-machines:servers: 3
        consul-machines:datacenter: north

No place in the settings:
    data_dir (FOLDER/consul.d/10.json): data lives on the node's named volume
`);
        expect(await stackFile()).toBe(stackText);
    });

    it("writes the stack's file, and leaves all else in it as it is", async () => {
        const { run, stackFile } = await program(server);
        expect((await run("--write")).code).toBe(0);
        expect(await stackFile()).toBe(`# The shop's cluster.
config:
    consul-machines:driver: lab # containers
    consul-machines:serverConfig:
        log_level: INFO
        limits:
            rpc_rate: 200
        telemetry:
            disable_hostname: true
    aws:region: eu-west-1
    consul-machines:servers: 3
    consul-machines:datacenter: north
`);
        const again = await stackFile();
        expect((await run("--write")).code).toBe(0);
        expect(await stackFile()).toBe(again);
    });

    it("makes a stack's file where there is none", async () => {
        const { run, folder } = await program(server);
        expect((await run("--write", "--stack", "acme/consul-machines/new")).code).toBe(0);
        const text = await readFile(join(folder, "Pulumi.new.yaml"), "utf8");
        expect(text).toContain("config:\n    consul-machines:servers: 3\n");
    });

    it("takes nothing back that the stack says otherwise, unless told to", async () => {
        const { run, stackFile } = await program({ "a.json": { server: true, log_level: "WARN" } });
        const refused = await run("--write");
        expect([refused.code, await stackFile()]).toEqual([1, stackText]);
        expect(refused.out).toContain(
            'serverConfig.log_level: the files say "WARN"; the stack has "INFO"',
        );
        expect((await run("--write", "--overwrite")).code).toBe(0);
        expect(await stackFile()).toBe(stackText.replace("INFO", "WARN"));
    });

    it("leaves out what the settings' own check refuses, with its reason", async () => {
        const { run, stackFile } = await program({
            "a.json": { server: true, log_level: "LOUD", recursors: ["127.0.0.1", "9.9.9.9"] },
        });
        const { code, out } = await run("--write", "--json", "--overwrite");
        const { left, isWritten } = importAnswer.strict().parse(JSON.parse(out));
        expect([code, isWritten]).toEqual([0, true]);
        expect(left.map((one) => [one.key, one.reason.split(";")[0]])).toEqual([
            ["log_level", 'got "LOUD"'],
            ["recursors[0]", 'got "127.0.0.1"'],
        ]);
        expect(await stackFile()).toContain("consul-machines:recursors:\n        - 9.9.9.9\n");
        expect(await stackFile()).toContain("log_level: INFO");
    });

    it("writes nothing into settings that are not sound by themselves", async () => {
        const stack = "config:\n    consul-machines:servers: many\n";
        const { run, stackFile } = await program({ "a.json": { log_json: true } }, stack);
        expect((await run()).code).toBe(4);
        const { code, out } = await run("--write");
        expect([code, await stackFile()]).toEqual([1, stack]);
        expect(out).toContain('servers: got "many"; a count from 0 to 99, or a list of nodes');
    });
});

describe("services in the files", () => {
    it("are those of all nodes of the role, without the checks that cannot be had", async () => {
        const { run, stackFile } = await program({
            "web.json": {
                service: {
                    name: "web",
                    port: 80,
                    tags: ["v1"],
                    weights: { passing: 5, warning: 1 },
                },
                checks: [
                    { id: "alive", service_id: "web", tcp: "10.0.0.9:80", interval: "5s" },
                    { id: "script", service_id: "web", args: ["/bin/check"], interval: "5s" },
                ],
            },
        });
        const { code, out } = await run("--write", "--json");
        const { left, role } = importAnswer.parse(JSON.parse(out));
        expect([code, role, left.map((one) => one.key)]).toEqual([0, "client", ["checks[1]"]]);
        expect(await stackFile()).toContain(`    consul-machines:clientServices:
        - definition:
              name: web
              port: 80
              tags:
                  - v1
              weights:
                  passing: 5
                  warning: 1
              checks:
                  - id: alive
                    tcp: 10.0.0.9:80
                    interval: 5s
`);
        const once = await stackFile();
        expect((await run("--write")).code).toBe(0);
        expect(await stackFile()).toBe(once);
    });

    it("that the stack has otherwise are named, and replaced where that is asked for", async () => {
        const definition = { name: "web", port: 80 };
        const stack = `config:\n    consul-machines:clientServices: ${JSON.stringify([{ definition: { name: "db" } }, { definition }])}\n`;
        const { run, stackFile } = await program(
            { "a.json": { service: { name: "web", port: 81 } } },
            stack,
        );
        const { code, out } = await run("--write");
        expect([code, await stackFile()]).toEqual([1, stack]);
        expect(out).toContain('clientServices[1]: the files say otherwise of the service "web"');
        expect((await run("--write", "--overwrite")).code).toBe(0);
        expect(await stackFile()).toContain(
            "- definition:\n              name: web\n              port: 81\n",
        );
    });

    it("of one node are merged into that node's", async () => {
        const stack = `config:\n    consul-machines:servers: [{ name: a }]\n    consul-machines:clients: [{ name: b, services: [{ name: db, port: 1 }] }]\n`;
        const files = { "a.json": { services: [{ name: "web" }, { name: "bad", port: 99999 }] } };
        const { run } = await program(files, stack);
        const { code, out } = await run("--write", "--json", "--node", "b");
        const { settings, left } = importAnswer.parse(JSON.parse(out));
        expect([code, left.map((one) => one.key)]).toEqual([0, ["services[1]"]]);
        expect(settings.clients).toEqual([
            { name: "b", services: [{ name: "db", port: 1 }, { definition: { name: "web" } }] },
        ]);
    });
});

describe("a secret in the files", () => {
    const files = { "a.json": { server: true, encrypt: key } };

    it("is set by Pulumi, on its standard input, and printed nowhere", async () => {
        const { run, stackFile, given } = await program(files);
        const { code, out, err } = await run("--write", "--json");
        expect([code, out + err + (await stackFile())]).toEqual([
            0,
            expect.not.stringContaining(key),
        ]);
        expect(importAnswer.parse(JSON.parse(out)).secrets).toMatchObject([
            { key: "encrypt", setting: "gossipKey", isSet: true },
        ]);
        expect(await given()).toBe(
            `config set --secret --path consul-machines:gossipKey --stack prod --non-interactive\n${key}\n`,
        );
    });

    it("is listed with what to type where there is no such stack yet", async () => {
        const { run, given } = await program(files);
        const { code, out } = await run("--write", "--stack", "nothing");
        expect([code, await given()]).toEqual([4, ""]);
        expect(out).toContain(
            "gossipKey: Pulumi did not set it: no stack named 'nothing' found\n" +
                "Set the secrets by the lines below.\n",
        );
        expect(out).toContain(
            "    pulumi config set --secret --path 'consul-machines:gossipKey' --stack nothing   # encrypt of ",
        );
        expect(out).not.toContain(key);
    });

    it("is not set where nothing is written", async () => {
        const { run, given } = await program(files);
        const { code, out } = await run();
        expect([code, await given()]).toEqual([0, ""]);
        expect(out).toContain("pulumi config set --secret --path 'consul-machines:gossipKey'");
    });
});

describe("one node", () => {
    it("gets what the files say into its place in the list, a count spelled out", async () => {
        const stack = "config:\n    consul-machines:servers: 3\n";
        const { run, stackFile } = await program(
            { "a.json": { server: true, node_meta: { rack: "r2" } } },
            stack,
        );
        expect((await run("--write", "--node", "server-2")).code).toBe(0);
        expect(await stackFile()).toBe(`config:
    consul-machines:servers:
        - name: server-1
        - name: server-2
          agentConfig:
              node_meta:
                  rack: r2
        - name: server-3
`);
    });

    it("that a count does not make is refused", async () => {
        const stack = "config:\n    consul-machines:servers: 3\n";
        const { run } = await program({ "a.json": { server: true } }, stack);
        const { code, err } = await run("--node", "rack-7");
        expect([code, err]).toEqual([
            3,
            '--node: got "rack-7"; servers is a count in the stack\'s file, and makes 3 nodes of other names: list them there first\n',
        ]);
    });
});

describe("a command line", () => {
    it("needs files, and a role that there is", async () => {
        const { code, err } = await ranCommand(["import"], checking);
        expect([code, err.split("\n")[0]]).toEqual([2, "missing required argument 'files'"]);
        const { run } = await program(server);
        expect((await run("--role", "leader")).code).toBe(2);
    });

    it("needs a stack's name where there are several", async () => {
        const { run, folder } = await program(server);
        await writeFile(join(folder, "Pulumi.test.yaml"), "config: {}\n");
        const { code, err } = await run();
        expect([code, err]).toEqual([
            2,
            "--stack: name the stack whose file it is; there are prod, test\n",
        ]);
    });

    it("needs a program of these settings", async () => {
        const { run, folder } = await program(server);
        await writeFile(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
        const { code, err } = await run();
        expect(code).toBe(3);
        expect(err).toContain("it declares no setting agentConfig");
    });
});
