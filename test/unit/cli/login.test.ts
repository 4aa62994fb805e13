import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { backendFolder, passphraseFile } from "../../../cli/stack/environment.ts";
import { loginLines } from "../../../cli/stack/login.ts";
import { projectRoot } from "../../../cli/tools/paths.ts";

test("one who has a state in the project's folder is told the variables for it, and the CLI that is there", () => {
    const backend = pathToFileURL(backendFolder).href;
    const env = { PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile };
    const lines = loginLines({ path: join(projectRoot, ".tools/bin/pulumi") }, env);
    expect(lines.slice(-5)).toEqual([
        `  export PULUMI_BACKEND_URL=${backend} PULUMI_CONFIG_PASSPHRASE_FILE=${passphraseFile}`,
        "  .tools/bin/pulumi stack output --stack dev --show-secrets managementToken",
        "  .tools/bin/pulumi stack output --stack dev caCertificate > ca.pem",
        "Consul's command, and the one with curl below, read it from a variable:",
        "  export CONSUL_HTTP_TOKEN=$(.tools/bin/pulumi stack output --stack dev --show-secrets managementToken)",
    ]);
});

test("one whose cluster demands a certificate is told how to have one, for curl and for a browser", () => {
    const lines = loginLines({ path: "/opt/bin/pulumi" }, { PATH: "/opt/bin" }, true);
    expect(lines.slice(-3)).toEqual([
        "  pulumi stack output --stack dev clientCertificate > client.pem",
        "  (umask 077; pulumi stack output --stack dev --show-secrets clientKey > client-key.pem)",
        "  openssl pkcs12 -export -in client.pem -inkey client-key.pem -out client.p12",
    ]);
});

test("one with a backend, a passphrase and a CLI of their own is told none of them", () => {
    const env = {
        PATH: "/usr/bin:/opt/bin",
        PULUMI_BACKEND_URL: "s3://states",
        PULUMI_CONFIG_PASSPHRASE: "theirs",
    };
    expect(loginLines({ path: "/opt/bin/pulumi" }, env).slice(-4)).toEqual([
        "  pulumi stack output --stack dev --show-secrets managementToken",
        "  pulumi stack output --stack dev caCertificate > ca.pem",
        "Consul's command, and the one with curl below, read it from a variable:",
        "  export CONSUL_HTTP_TOKEN=$(pulumi stack output --stack dev --show-secrets managementToken)",
    ]);
    expect(loginLines({ path: "/opt/bin/pulumi" }, env).join()).not.toContain("PULUMI_");
    expect(loginLines({ path: "/opt/pulumi/pulumi" }, env).at(-4)).toContain(
        "  /opt/pulumi/pulumi ",
    );
});
