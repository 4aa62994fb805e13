import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandPackage } from "../../providers/command/commandPackage.ts";
import { unknownValue, type Properties } from "../../providers/protocol/provider.ts";
import { propertyOf } from "../../providers/protocol/values.ts";
import { serveOfficial, serveOurs, without, type Served } from "./support/official.ts";
import { urnOf, type CallOptions, type ProviderClient } from "./support/providerClient.ts";

/** What is asked, and what ours and Pulumi's own plugin answer. */
interface Case {
    readonly title: string;
    readonly ask: (client: ProviderClient) => Promise<unknown>;
    readonly answer: unknown;
}

const target = { type: "command:local:Command", name: "it" };
const id = "it-id";
const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value,
});
const resource = (of: string) => ({
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    urn: "urn:pulumi:test::conformance::a:b:C::it",
    id: of,
    packageVersion: "1",
});
const shown = (...lines: string[]) =>
    lines.map((message) => ({
        severity: "info",
        message,
        urn: urnOf(target),
        ephemeral: true,
    }));

function configured(): Case[] {
    const added = { "__pulumi-go-provider-version": "1.2.0" };
    return [
        {
            title: "the configuration gets the framework's version",
            ask: (client) => client.checkConfig("command", { version: "1.2.1" }),
            answer: { inputs: { version: "1.2.1", ...added }, failures: [] },
        },
        {
            title: "secrets and previews are supported",
            ask: (client) => client.configure(added),
            answer: { acceptsSecrets: true, supportsPreview: true },
        },
    ];
}

function checked(): Case[] {
    const good = (title: string, news: Properties, inputs = news): Case => ({
        title,
        ask: (client) => client.check(target, news),
        answer: { inputs, failures: [] },
    });
    const bad = (inputs: Properties, failures: Record<string, string>): Case => ({
        title: JSON.stringify(inputs),
        ask: (client) => client.check(target, inputs),
        answer: {
            inputs,
            failures: Object.entries(failures).map(([property, reason]) => ({ property, reason })),
        },
    });
    const wrong = (property: string, type: string, got: string) => ({
        [property]: `Field '${property}' on 'local.CommandInputs' must be a '${type}'; got '${got}' instead`,
    });
    const unrecognized = (property: string) => ({
        [property]: `Unrecognized field '${property}' on 'local.CommandInputs'`,
    });
    return [
        good("nothing", {}),
        good("no default is added", { create: "a" }),
        good("empty values stay", { create: "", stdin: "", environment: {}, triggers: [] }),
        good("any trigger is taken", { triggers: [1, "a", { b: [null] }, null, true] }),
        good("any word for logging is taken", { logging: "loud" }),
        good("secrets stay secrets", {
            create: secret("a"),
            environment: { A: secret("b") },
            triggers: secret([secret("1")]),
        }),
        good("unknown values stay", { create: unknownValue, environment: { A: unknownValue } }),
        good(
            "what is null is left out",
            { create: null, environment: { A: null }, triggers: [null] },
            { environment: {}, triggers: [null] },
        ),
        good(
            "a reference to a resource says nothing",
            { triggers: [resource("it-id"), { of: resource("other-id") }] },
            { triggers: [{}, { of: {} }] },
        ),
        bad({ create: "a", foo: 1 }, unrecognized("foo")),
        bad({ __defaults: [] }, unrecognized("__defaults")),
        bad(
            { create: 5, dir: true },
            { ...wrong("create", "string", "float64"), ...wrong("dir", "string", "bool") },
        ),
        bad({ create: secret(5) }, wrong("create", "string", "float64")),
        bad({ create: [1] }, wrong("create", "string", "[]interface {}")),
        bad(
            { create: { a: 1 } },
            {
                create:
                    "An error occurred decoding 'CommandInputs.create': Cannot decode Object{} to " +
                    "type string; it isn't a struct, and no custom decoder exists",
            },
        ),
        bad({ addPreviousOutputInEnv: "yes" }, wrong("addPreviousOutputInEnv", "bool", "string")),
        bad({ logging: 3 }, wrong("logging", "local.Logging", "float64")),
        bad({ interpreter: "sh" }, wrong("interpreter", "[]string", "string")),
        bad({ interpreter: ["sh", 3] }, wrong("interpreter[1]", "string", "float64")),
        bad({ environment: ["a"] }, wrong("environment", "map[string]string", "[]interface {}")),
        bad({ environment: { A: true } }, wrong("environment[A] value", "string", "bool")),
        bad({ triggers: "x" }, wrong("triggers", "[]interface {}", "string")),
    ];
}

function compared(): Case[] {
    const diff = (
        oldInputs: Properties,
        inputs: Properties,
        kinds: Readonly<Record<string, string>>,
    ): Case => {
        const paths = Object.keys(kinds);
        const tops = [...new Set(paths.map(propertyOf))].sort();
        const state = { ...oldInputs, stdout: "o", stderr: "" };
        return {
            title: `${JSON.stringify(oldInputs)} to ${JSON.stringify(inputs)}`,
            ask: (client) => client.diff(target, { id, state, oldInputs, inputs }),
            answer: {
                changes: paths.length > 0 ? 2 : 1,
                diffs: tops,
                replaces: paths.filter((path) => kinds[path]?.endsWith("_REPLACE")),
                stables: [],
                deleteBeforeReplace: false,
                detailed: Object.fromEntries(
                    paths.map((path) => [path, { kind: kinds[path], ofInputs: false }]),
                ),
            },
        };
    };
    const same = (oldInputs: Properties, inputs: Properties) => diff(oldInputs, inputs, {});
    const of = (name: string, old: unknown, fresh: unknown, kinds: Record<string, string>) =>
        diff({ [name]: old }, { [name]: fresh }, kinds);
    return [
        same({ create: "a" }, { create: "a" }),
        same({ stdin: secret("1") }, { stdin: secret("1") }),
        same({ create: "a" }, { create: "a", version: "2", __x: 1 }),
        diff({ create: "a" }, { create: "b", update: "x" }, { create: "UPDATE", update: "ADD" }),
        diff({ create: "a", update: "b" }, { create: "a" }, { update: "DELETE" }),
        diff({}, { triggers: [1] }, { triggers: "ADD_REPLACE" }),
        diff({ triggers: [1] }, {}, { triggers: "DELETE_REPLACE" }),
        of("triggers", [1, 2], unknownValue, { triggers: "UPDATE_REPLACE" }),
        of("triggers", secret([1]), secret([2]), { triggers: "UPDATE_REPLACE" }),
        of("triggers", [1, 2], [1, 3], { "triggers[1]": "UPDATE" }),
        of("triggers", [1, 2], [1, unknownValue], { "triggers[1]": "UPDATE" }),
        of("triggers", [1], [1, 2], { "triggers[1]": "ADD" }),
        of("triggers", [1, 2], [1], { "triggers[1]": "DELETE" }),
        of("triggers", [null, 1], [1], { "triggers[0]": "ADD", "triggers[1]": "DELETE" }),
        of("triggers", [[1]], [{ a: 1 }], { "triggers[0]": "UPDATE" }),
        of("triggers", [secret("1")], [secret("2")], { "triggers[0]": "UPDATE" }),
        of("triggers", [{ a: 1, "b.c": [1] }], [{ a: 2, "b.c": [2] }], {
            "triggers[0].a": "UPDATE",
            'triggers[0]["b.c"][0]': "UPDATE",
        }),
        of(
            "environment",
            { A: "1", B: "2" },
            { A: "2", C: "3" },
            {
                "environment.A": "UPDATE",
                "environment.B": "DELETE",
                "environment.C": "ADD",
            },
        ),
        of(
            "environment",
            { 'a"b': "1", "1": "1" },
            { 'a"b': "2", "1": "2" },
            {
                'environment["a\\"b"]': "UPDATE",
                "environment.1": "UPDATE",
            },
        ),
        diff({}, { environment: {} }, { environment: "ADD" }),
        of("stdin", "1", secret("1"), { stdin: "UPDATE" }),
        of("environment", secret({ A: "1" }), secret({ A: "2" }), { environment: "UPDATE" }),
    ];
}

/** The rest of an id is random. */
function created(answer: unknown): unknown {
    const text = JSON.stringify(answer);
    return JSON.parse(text.replace(/"id":"it[0-9a-f]{8}"/, '"id":"it########"')) as unknown;
}

function createdCases(): Case[] {
    const create = (
        title: string,
        inputs: Properties,
        outputs: Properties,
        options: CallOptions = {},
    ): Case => ({
        title,
        ask: async (client) => created(await client.create(target, inputs, options)),
        answer: { id: "it########", state: { ...inputs, ...outputs } },
    });
    const failing = (inputs: Properties, error: string, options: CallOptions = {}): Case => ({
        title: JSON.stringify(inputs),
        ask: (client) => client.create(target, inputs, options),
        answer: { error },
    });
    const unknown = { stdout: unknownValue, stderr: unknownValue };
    const preview = { preview: true };
    return [
        create("a preview runs nothing", { create: "exit 1", dir: "/" }, unknown, preview),
        create("a preview of nothing", { delete: "a" }, unknown, preview),
        create(
            "a preview of what is not known",
            { create: unknownValue, triggers: [unknownValue] },
            unknown,
            preview,
        ),
        create("nothing to run", {}, { stdout: "", stderr: "" }),
        create(
            "a folder",
            { create: "pwd; echo e >&2; echo >&2", dir: "/" },
            { stdout: "/", stderr: "e\n" },
        ),
        create(
            "line ends",
            { create: "printf 'a\\r\\nb\\n\\n'" },
            { stdout: "a\r\nb\n", stderr: "" },
        ),
        create(
            "secrets, which outputs are not",
            {
                create: secret("echo $A; cat"),
                stdin: secret("in"),
                environment: { A: secret("b") },
            },
            { stdout: "b\nin", stderr: "" },
        ),
        create(
            "an interpreter that is not on the command's own PATH",
            { create: "echo $PATH", interpreter: ["sh", "-c"], environment: { PATH: "/nowhere" } },
            { stdout: "/nowhere", stderr: "" },
        ),
        create(
            "nothing of a run before",
            { create: "env | grep -c ^PULUMI_COMMAND || true" },
            { stdout: "0", stderr: "" },
        ),
        create(
            "input that is not read",
            { create: "exec 0<&-; sleep 0.1", stdin: "x".repeat(200_000) },
            { stdout: "", stderr: "" },
        ),
        failing(
            { create: "echo 'é\\\t\u0001\u200b'; exit 3" },
            "exit status 3: running \"echo 'é\\\\\\t\\x01\\u200b'; exit 3\":\né\\\t\u0001\u200b\n",
        ),
        failing(
            { create: "echo o; sleep 0.1; echo e >&2; exit 1" },
            'exit status 1: running "echo o; sleep 0.1; echo e >&2; exit 1":\no\ne\n',
        ),
        failing({ create: "kill -TERM $$" }, 'signal: terminated: running "kill -TERM $$":\n'),
        failing(
            { create: "echo x; exec sleep 9" },
            'signal: killed: running "echo x; exec sleep 9":\nx\n',
            { timeout: 1 },
        ),
        failing(
            { create: "x", interpreter: ["no-such-program"] },
            'exec: "no-such-program": executable file not found in $PATH: running "x":\n',
        ),
        failing(
            { create: "x", interpreter: ["/no/such"] },
            'fork/exec /no/such: no such file or directory: running "x":\n',
        ),
        failing(
            { create: "x", interpreter: ["/dev/null"] },
            'fork/exec /dev/null: permission denied: running "x":\n',
        ),
        failing(
            { create: "x", dir: "/no/such" },
            'chdir /no/such: no such file or directory: running "x":\n',
        ),
        failing(
            { create: "x", foo: 1 },
            "invalid inputs: 1 failures decoding:\n" +
                "\tfoo: Unrecognized field 'foo' on 'local.CommandInputs'",
        ),
    ];
}

function changed(): Case[] {
    const echo = "echo $PULUMI_COMMAND_STDOUT-$PULUMI_COMMAND_STDERR";
    const old = { create: echo, stdout: "old", stderr: "err" };
    const update = (
        title: string,
        inputs: Properties,
        outputs: Properties,
        { state = old, ...options }: CallOptions & { state?: Properties } = {},
    ): Case => ({
        title,
        ask: (client) =>
            client.update(target, { id, state, oldInputs: { create: echo }, inputs }, options),
        answer: { state: { ...inputs, ...outputs } },
    });
    const was = { stdout: "old", stderr: "err" };
    const unknown = { stdout: unknownValue, stderr: unknownValue };
    const preview = { preview: true };
    return [
        update(
            "the command to create",
            { create: echo, dir: "/" },
            { stdout: "old-err", stderr: "" },
        ),
        update(
            "without what was printed before",
            { create: echo, addPreviousOutputInEnv: false },
            { stdout: "-", stderr: "" },
        ),
        update(
            "the command to update",
            { create: echo, update: "echo u" },
            { stdout: "u", stderr: "" },
        ),
        update("nothing to run", { delete: "x" }, was),
        update(
            "an output that was a secret",
            { create: echo },
            { stdout: "s-err", stderr: "" },
            { state: { ...old, stdout: secret("s") } },
        ),
        update("a preview of an added input", { create: echo, dir: "/" }, was, preview),
        update("a preview of a changed input", { create: "b" }, unknown, preview),
        update("a preview of one that is not known", { create: unknownValue }, unknown, preview),
        update("a preview of one that is gone", { create: echo }, unknown, {
            ...preview,
            state: { ...old, dir: "/" },
        }),
        {
            title: "a command that fails",
            ask: (client) =>
                client.update(target, {
                    id,
                    state: old,
                    oldInputs: { create: echo },
                    inputs: { create: "exit 1" },
                }),
            answer: { error: 'exit status 1: running "exit 1":\n' },
        },
        {
            title: "an input that is ignored",
            ask: (client) =>
                client.update(target, {
                    id,
                    state: { ...old, stdin: "s" },
                    oldInputs: { create: echo, stdin: "s" },
                    inputs: { create: "cat", stdin: "n" },
                    ignoreChanges: ["stdin"],
                }),
            answer: { state: { create: "cat", stdin: "s", stdout: "s", stderr: "" } },
        },
    ];
}

function readAndDeleted(): Case[] {
    const old = { create: "a", stdout: "old", stderr: "err" };
    const read = (title: string, state: Properties, inputs: Properties): Case => ({
        title,
        ask: (client) => client.read(target, { id, state, inputs }),
        answer: { id, state, inputs },
    });
    const deleted = (title: string, added: Properties, answer: unknown): Case => ({
        title,
        ask: (client) =>
            client.delete(target, { id, state: { ...old, ...added }, oldInputs: { create: "a" } }),
        answer,
    });
    return [
        read(
            "what is recorded is read",
            { ...old, stdin: secret("a") },
            { create: "a", stdin: secret("a") },
        ),
        read("nothing is imported", {}, {}),
        deleted("nothing to run", {}, { deleted: true }),
        deleted("a command to delete", { delete: "true" }, { deleted: true }),
        deleted(
            "a command to delete that fails, which is told what was printed before",
            { delete: secret("echo $PULUMI_COMMAND_STDOUT; exit 2"), stdout: secret("s") },
            { error: 'exit status 2: running "echo $PULUMI_COMMAND_STDOUT; exit 2":\ns\n' },
        ),
        deleted(
            "a record that is not of a command",
            { foo: 1 },
            {
                error:
                    "1 failures decoding:\n" +
                    "\tfoo: Unrecognized field 'foo' on 'local.CommandOutputs'",
            },
        ),
    ];
}

const lack = without(commandPackage);

/** Holds a provider to the answers. */
function answersOf(serve: () => Promise<Served>, isThere: boolean): void {
    let served: Served;
    beforeAll(async () => {
        if (isThere) {
            served = await serve();
            await served.client.configure({});
        }
    });
    afterAll(async () => {
        if (isThere) {
            await served.close();
        }
    });

    describe.runIf(isThere).each([
        { what: "is configured", cases: configured() },
        { what: "checks", cases: checked() },
        { what: "compares", cases: compared() },
        { what: "creates", cases: createdCases() },
        { what: "updates", cases: changed() },
        { what: "reads and deletes", cases: readAndDeleted() },
    ])("$what", ({ cases }) => {
        it.each(cases)("$title", async ({ ask, answer }) => {
            expect(await ask(served.client)).toEqual(answer);
        });
    });

    it.runIf(isThere).each([
        { logging: undefined, lines: ["o", "", "e"] },
        { logging: "stdout", lines: ["o", ""] },
        { logging: "stderr", lines: ["e"] },
        { logging: "none", lines: [] },
    ])("shows the lines of a command: $logging", async ({ logging, lines }) => {
        served.log.lines.length = 0;
        const create = "printf 'o\\r\\n\\n'; sleep 0.1; printf e >&2";
        await served.client.create(target, { create, logging });
        expect(served.log.lines).toEqual(shown(...lines));
    });

    it.runIf(isThere)(
        "kills what runs when it is cancelled, and starts nothing after",
        async () => {
            const { client } = await serve();
            const running = client.create(target, { create: "exec sleep 60" });
            await new Promise((resolve) => setTimeout(resolve, 300));
            await client.cancel();
            expect(await running).toEqual({
                error: 'signal: killed: running "exec sleep 60":\n',
            });
            expect(await client.create(target, { create: "true" })).toEqual({
                error: 'context canceled: running "true":\n',
            });
        },
    );
}

describe("the command provider, ours", () => {
    answersOf(() => serveOurs(commandPackage), true);
});

describe(`the command provider, Pulumi's own${lack}`, () => {
    answersOf(() => serveOfficial(commandPackage), lack === "");
});

describe("the command provider, ours alone", () => {
    let served: Served;
    beforeAll(async () => {
        served = await serveOurs(commandPackage);
    });
    afterAll(() => served.close());

    it("refuses any other resource, and files to record", async () => {
        const needed = "install Pulumi's own command plugin for it";
        const remote = { type: "command:remote:Command", name: "it" };
        expect(await served.client.check(remote, {})).toEqual({
            error: `command:remote:Command is not served here: ${needed}`,
        });
        expect(await served.client.check(target, { assetPaths: ["*"] })).toEqual({
            inputs: { assetPaths: ["*"] },
            failures: [
                { property: "assetPaths", reason: `assetPaths is not supported here: ${needed}` },
            ],
        });
    });

    it("never replaces for its configuration", async () => {
        const { client } = served;
        const oldInputs = { version: "1.2.0" };
        expect(
            await client.diffConfig("command", { oldInputs, inputs: { version: "1.2.1" } }),
        ).toEqual({
            changes: 2,
            diffs: ["version"],
            replaces: [],
            stables: [],
            deleteBeforeReplace: false,
            detailed: { version: { kind: "UPDATE", ofInputs: false } },
        });
        expect(await client.diffConfig("command", { oldInputs, inputs: oldInputs })).toMatchObject({
            changes: 1,
        });
    });
});
