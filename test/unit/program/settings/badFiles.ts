import { one, type BadSettings } from "./badCase.ts";

const path =
    "a path below /consul-machines/files, of letters, digits, dots, dashes and underscores: elsewhere the container is " +
    "read-only, or has files of ours";
const mode =
    'permissions in quotes, such as "0644" or "0755": the agent reads its files, and nobody but it may write them';
const inFiles = (name: string) => `files["/consul-machines/files/${name}"]`;
const at = (name: string, file: object) => ({
    files: { [`/consul-machines/files/${name}`]: file },
});

/** Files for agents that are wrong. */
export const badFiles: readonly BadSettings[] = [
    one(
        "files that are no map",
        { files: ["a"] },
        'files: got ["a"]; a map from paths in the container to files',
    ),
    ...[
        "/etc/consul.d/ca.pem",
        "/consul-machines/agent.json",
        "/consul-machines/files/../tls/ca.pem",
        "/consul-machines/files/a b",
    ].map((file) =>
        one(
            `a file at ${file}`,
            { serverFiles: { [file]: { content: "x" } } },
            `serverFiles["${file}"]: got "${file}"; ${path}`,
        ),
    ),
    one(
        "a file that is a folder",
        {
            files: {
                "/consul-machines/files/a": { content: "x" },
                "/consul-machines/files/a/b": { content: "x" },
            },
        },
        `${inFiles("a/b")}: got "/consul-machines/files/a/b"; /consul-machines/files/a is a file, and no folder`,
    ),
    one(
        "a file of nothing, and one of two things",
        {
            clients: [{ name: "client-1", files: { "/consul-machines/files/a": {} } }],
            ...at("b", { content: "x", source: "y" }),
        },
        `${inFiles("b")}: got both; one of content and source: its text, or a file on this computer`,
        `clients[0].${inFiles("a")}: got neither; one of content and source: its text, or a file on this computer`,
    ),
    one(
        "a source that is not there, and one that is a folder",
        {
            files: { "/consul-machines/files/a": { source: "/nowhere/a" } },
            clientFiles: { "/consul-machines/files/a": { source: "/" } },
        },
        `${inFiles("a")}.source: got "/nowhere/a"; it cannot be read: ENOENT: no such file or directory, stat '/nowhere/a'`,
        `clientFiles["/consul-machines/files/a"].source: got "/"; it is no file`,
    ),
    one(
        "a number for a mode",
        at("a", { content: "x", mode: 420 }),
        `${inFiles("a")}.mode: got 420; ${mode}`,
    ),
    one(
        "a mode that everybody may write by",
        at("a", { content: "x", mode: "0666" }),
        `${inFiles("a")}.mode: got "0666"; ${mode}`,
    ),
    one(
        "a key in clear",
        at("a", { content: "-----BEGIN EC PRIVATE KEY-----" }),
        `${inFiles("a")}: looks like a private key, and is kept in clear; run ` +
            `\`pulumi config set --secret --path '${inFiles("a")}.content'\``,
    ),
    one(
        "a secret in clear that others may read",
        at("a", { content: "hunter2", secret: true, mode: "0644" }),
        `${inFiles("a")}.mode: got "0644"; a secret file is for the agent alone: "0400", "0500", "0600" or "0700"`,
        `${inFiles("a")}.content: it is a secret, and in clear in the stack file; run ` +
            `\`pulumi config set --secret --path '${inFiles("a")}.content'\``,
    ),
    one(
        "a configuration that names a file which is not there",
        {
            agentConfig: {
                telemetry: { circonus_check_force_metric_activation: "/consul-machines/files/b" },
            },
            ...at("a", { content: "x" }),
        },
        'agentConfig.telemetry.circonus_check_force_metric_activation: got "/consul-machines/files/b"; no such file is among "files"',
    ),
];
