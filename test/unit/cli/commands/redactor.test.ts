import { describe, expect, it } from "vitest";
import { Redactor, secretName } from "../../../../cli/bundle/redactor.ts";
import { secretSettings, settingsOf } from "../../../../cli/bundle/settings.ts";
import { writeArchive } from "../../../../cli/bundle/archive.ts";
import { certificates } from "../../../support/certificates.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { join } from "node:path";

describe("a redactor", () => {
    const redactor = new Redactor(['s3cr"t/word', "abc", "server"], new Set(["server"]));

    it.each([
        ["as it is", 's3cr"t/word', "[secret]"],
        ["in JSON", String.raw`{"a":"s3cr\"t/word"}`, '{"a":"[secret]"}'],
        ["in a URL", "?q=s3cr%22t%2Fword", "?q=[secret]"],
        ["too short to be known", "abc", "abc"],
        ["known to be none", "server", "server"],
    ])("takes out what is secret: %s", (_, text, expected) => {
        expect(redactor.clean(text)).toBe(expected);
    });

    it.each(["", "u", "us", "user:"])("takes it out of base64 behind %j", (before) => {
        const text = Buffer.from(`${before}s3cr"t/word.`).toString("base64");
        const cleaned = redactor.clean(text);
        expect(cleaned).toContain("[secret]");
        expect(redactor.isTold(cleaned)).toBe(false);
    });

    it.each([
        ["postgres://user:pw@host/db", "postgres://[secret]@host/db"],
        ["token=6b6f4a5e-1111-4222-8333-123456789abc x", "token=[secret] x"],
        ['"encrypt": "kUqV6wUcbK6xWHZ0xOCY1g=="', '"encrypt": "[secret]"'],
        // Ids are no secrets.
        ["node 6b6f4a5e-1111-4222-8333-123456789abc", "node 6b6f4a5e-1111-4222-8333-123456789abc"],
    ])("takes out what looks like one: %j", (text, expected) => {
        expect(new Redactor([]).clean(text)).toBe(expected);
    });

    it("knows a private key by any of its lines, and takes no certificate for one", async () => {
        const { ca, caKey } = await certificates();
        const ofKey = new Redactor([caKey, ca]);
        const [, line = ""] = caKey.split("\n");
        expect(ofKey.clean(`got ${line}`)).toBe("got [secret]");
        expect(ofKey.clean(ca)).toBe(ca);
        expect(new Redactor([]).clean(`a ${caKey} b`)).toMatch(/^a \[secret\]\s+b$/);
    });

    it.each(["password", "API_TOKEN", "secretKey", "amazonec2-access-key", "encryptionsalt"])(
        "takes the value of %s for a secret",
        (name) => {
            expect(secretName.test(name)).toBe(true);
        },
    );

    it.each(["sshKeyPath", "keepLocally", "image", "monkey", "datacenter"])(
        "not that of %s",
        (name) => {
            expect(secretName.test(name)).toBe(false);
        },
    );
});

describe("settings for a report", () => {
    const config = {
        "shop:image": { value: "consul:1" },
        "shop:token": { value: "plain" },
        "shop:hidden": { value: "encrypted", secret: true },
        "shop:driverOptions": { value: '{"region":"eu","secret-key":"AKIA"}' },
        "shop:servers": { value: '[{"name":"a","environment":{"X":"y"}}]' },
    };

    it("have no value that is encrypted, free, or named as a secret", () => {
        expect(settingsOf({ name: "shop", runtime: "nodejs" }, config)).toMatchObject({
            stack: {
                "shop:image": "consul:1",
                "shop:token": "[secret]",
                "shop:hidden": "[secret]",
                "shop:driverOptions": { region: "[secret]", "secret-key": "[secret]" },
                "shop:servers": [{ name: "a", environment: { X: "[secret]" } }],
            },
        });
    });

    it("tell what else may not be told", () => {
        expect(secretSettings(config)).toEqual(["plain", "encrypted", "eu", "AKIA", "y"]);
    });
});

describe("an archive", () => {
    it("is not written where a secret is left in a text", async () => {
        const folder = await tempFolder();
        const contents = new Map([["log", "a hidden word"]]);
        const written = writeArchive(
            join(folder, "a.tar.gz"),
            "a",
            contents,
            new Redactor(["hidden"]),
        );
        await expect(written).rejects.toThrow("log: a secret is left in it; nothing was written.");
        expect(await entries(folder)).toEqual([]);
    });
});
