import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inWordsOf } from "../../../../cli/commands/said.ts";
import { flagsOf, takesValue } from "../../../../cli/commands/options.ts";
import { HelpShown, readCall, type Calling } from "../../../../cli/commands/readCall.ts";
import { verbNames } from "../../../../cli/commands/run.ts";
import { commands, completionRow, optionsOf } from "../../../../cli/commands/table.ts";
import { exitCodes } from "../../../../cli/show/exitCodes.ts";
import { TaskFailure } from "../../../../cli/show/task.ts";
import packageJson from "../../../../package.json" with { type: "json" };
import { secondsOf } from "../../../../cli/verbs/logs.ts";
import { formatOf } from "../../../../cli/verbs/topology.ts";

const packages: Calling = { program: "consul-machines", isClone: false };
const clones: Calling = { program: "npm run", separator: "--", isClone: true };

let printed: string;

beforeEach(() => {
    printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
        printed += String(text);
        return true;
    });
});

afterEach(() => {
    vi.restoreAllMocks();
});

/** What a command line fails with. */
function failureOf(words: readonly string[], calling = packages): TaskFailure {
    try {
        readCall(words, calling);
    } catch (error) {
        if (error instanceof TaskFailure) {
            return error;
        }
        throw error;
    }
    throw new Error("it was accepted");
}

describe("a command line", () => {
    it.each<[string[], string[], object]>([
        [["status"], [], {}],
        [
            ["status", "-s", "prod", "-C", "../x", "--json"],
            [],
            { stack: "prod", cwd: "../x", json: true },
        ],
        [["status", "--stack=acme/shop/prod"], [], { stack: "acme/shop/prod" }],
        [["logs", "server-1", "-f", "-n", "5"], ["server-1"], { follow: true, tail: 5 }],
        [["env", "--shell", "fish", "--unset"], [], { shell: "fish", unset: true }],
        [["recover", "--without", "a", "b", "--yes"], [], { without: ["a", "b"], yes: true }],
        [
            ["restore", "x.snap", "--address", "https://h:8501/ui/"],
            ["x.snap"],
            { address: "https://h:8501" },
        ],
        // What follows is Consul's own, whatever it looks like.
        [
            [
                "consul",
                "server-1",
                "--stack",
                "prod",
                "--",
                "kv",
                "get",
                "--json",
                "-recurse",
                "--",
                "x",
            ],
            ["server-1", "kv", "get", "--json", "-recurse", "--", "x"],
            { stack: "prod" },
        ],
    ])("%j is read", (words, args, options) => {
        const call = readCall(words, packages);
        expect([call.name, call.args]).toEqual([words[0], args]);
        expect(call.options).toMatchObject(options);
    });

    it.each([
        [
            ["status", "--bogus"],
            /^unknown option '--bogus'\n\nUsage: consul-machines status \[options\]/,
        ],
        [["statu"], /^unknown command 'statu'/],
        [
            ["logs"],
            /^missing required argument 'node'\n\nUsage: consul-machines logs \[options\] <node>/,
        ],
        [["status", "more"], /^too many arguments/],
        [["logs", "a", "--tail", "0"], /^--tail: got "0"; expected a number, such as 3 or 5/],
        [["status", "--stack", ""], /^--stack: got ""; expected a stack's name, such as dev/],
        [["status", "--cwd", ""], /^--cwd: got ""; expected a path/],
        [
            ["doctor", "--address", "10.0.0.11"],
            /^--address: got "10.0.0.11"; expected an agent's HTTP API/,
        ],
        [
            ["env", "--shell", "cmd"],
            /argument 'cmd' is invalid. Allowed choices are posix, fish, powershell/,
        ],
        [["start", "--servers", "5"], /^unknown option '--servers'/],
        [[], /^expected a command/],
    ])("%j is refused", (words, message) => {
        const { message: said, exitCode } = failureOf(words);
        expect(said).toMatch(message);
        expect(exitCode).toBe(exitCodes.misused);
    });

    it("of a clone takes a number of servers, and is called by npm", () => {
        expect(readCall(["start", "--servers", "5"], clones).options.servers).toBe(5);
        expect(failureOf(["start", "--servers", "0"], clones).message).toBe(
            '--servers: got "0"; expected a number, such as 3 or 5',
        );
        expect(failureOf(["start", "--bogus"], clones).message).toContain(
            "Usage: npm run start -- [options]",
        );
    });
});

describe("the help", () => {
    it.each([...commands, completionRow].map((row) => [row.name, row] as const))(
        "of %s names its purpose, options and exit codes",
        (name, row) => {
            expect(() => readCall([name, "--help"], packages)).toThrow(HelpShown);
            const lines = printed.replaceAll(/\s+/g, " ");
            expect(lines).toContain(row.purpose);
            for (const { flags } of optionsOf(row, false)) {
                expect(lines).toContain(flags);
            }
            for (const [code, meaning] of row.exits ?? []) {
                expect(lines).toContain(`${code} ${meaning}`);
            }
        },
    );

    it("lists all commands, and prints the version", () => {
        expect(() => readCall(["--help"], packages)).toThrow(HelpShown);
        for (const { name } of commands) {
            expect(printed).toMatch(new RegExp(`^  ${name} `, "m"));
        }
        expect(() => readCall(["--version"], packages)).toThrow(HelpShown);
        expect(printed.trim().split("\n").at(-1)).toBe(packageJson.version);
    });
});

describe("the table of commands", () => {
    it("has each command once, with a module for it, and a script of its name in a clone", () => {
        const names = commands.map(({ name }) => name);
        expect(names).toEqual([...new Set(names)]);
        expect([...verbNames].sort()).toEqual([...names].sort());
        const scripts: Readonly<Record<string, string>> = packageJson.scripts;
        expect(
            names.filter((name) => scripts[name] !== `node cli/bootstrap.mjs machines ${name}`),
        ).toEqual([]);
    });

    it("gives every command about a stack the same way to name it", () => {
        for (const row of commands) {
            const flags = row.options.flatMap(flagsOf);
            expect(flags).toEqual(expect.arrayContaining(["--stack", "-s", "--cwd", "-C"]));
        }
    });

    it("has an option mean the same wherever it has a value", () => {
        const kinds = new Map<string, string>();
        for (const option of commands.flatMap(({ options }) => options).filter(takesValue)) {
            const key = flagsOf(option).join();
            const kind = option.value?.kind ?? "text";
            expect(kinds.get(key) ?? kind).toBe(kind);
            kinds.set(key, kind);
        }
    });
});

describe("a message", () => {
    const names = commands.map(({ name }) => name);

    it.each([
        ["`npm run doctor` tells why", "`consul-machines doctor` tells why"],
        ["npm run restore -- FILE", "consul-machines restore FILE"],
        ["`npm start` brings one up", "`consul-machines start` brings one up"],
        [
            "eval $(npm run --silent env -- --show-secrets)",
            "eval $(consul-machines env --show-secrets)",
        ],
        ["`npm run restore` without --address", "`consul-machines restore` without --address"],
        // No command of ours.
        ["`npm run clean`", "`npm run clean`"],
        [
            "(docs/doctor.md#ghost)",
            "(https://github.com/consul-machines/consul-machines/blob/main/docs/doctor.md#ghost)",
        ],
        ["https://x/docs/install/", "https://x/docs/install/"],
    ])("%j is said as %j by the package", (text, said) => {
        expect(inWordsOf(text, names)).toBe(said);
    });
});

describe("a moment", () => {
    const now = Date.parse("2026-10-03T10:00:00Z");

    it.each([
        ["30s", 30],
        ["10m", 600],
        ["2h", 7200],
        ["1d", 86_400],
        ["2026-10-03T09:59:00Z", 60],
    ])("%s is %i seconds ago", (text, ago) => {
        expect(secondsOf(text, now)).toBe(now / 1000 - ago);
    });

    it.each(["10", "yesterday", "5 m", ""])("%j is none", (text) => {
        expect(() => secondsOf(text, now)).toThrow(`--since: got "${text}"; expected a duration`);
    });
});

describe("the form of a picture", () => {
    it.each([
        [{}, "text"],
        [{ output: "a.svg" }, "svg"],
        [{ output: "a.mmd" }, "mermaid"],
        [{ output: "a.svg", format: "text" as const }, "text"],
    ])("of %j is %s", (given, form) => {
        expect(formatOf({ format: undefined, output: undefined, ...given })).toBe(form);
    });
});
