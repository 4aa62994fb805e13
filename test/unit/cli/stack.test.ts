import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
    backendFolder,
    backendOf,
    currentLogin,
    localBackend,
    passphraseFile,
    pulumiEnvironment,
} from "../../../cli/stack/environment.ts";
import { removeDeadLocks } from "../../../cli/stack/localState.ts";
import {
    configuredImage,
    configuredImageTool,
    machineStore,
    overlay,
    runsProgrium,
} from "../../../cli/stack/stackSettings.ts";

const cleared = {
    DOCKER_HOST: "",
    DOCKER_API_VERSION: "",
    DOCKER_CERT_PATH: "",
    DOCKER_CONTEXT: "",
    DOCKER_TLS_VERIFY: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
};
const local = { PULUMI_BACKEND_URL: pathToFileURL(backendFolder).href };
const generated = { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile };

describe("pulumiEnvironment", () => {
    it.each([
        ["nothing is set", {}, undefined, { ...local, ...generated }],
        ["the user has logged in", {}, "s3://x", generated],
        ["a backend is set", { PULUMI_BACKEND_URL: "s3://x" }, undefined, generated],
        ["an access token is set", { PULUMI_ACCESS_TOKEN: "t" }, undefined, generated],
        ["a passphrase is set", { PULUMI_CONFIG_PASSPHRASE: "p" }, undefined, local],
        ["an empty passphrase is set", { PULUMI_CONFIG_PASSPHRASE: "" }, undefined, local],
        ["a passphrase's file is set", { PULUMI_CONFIG_PASSPHRASE_FILE: "/f" }, undefined, local],
    ])("when %s", (_, env, login, added) => {
        expect(pulumiEnvironment(env, login)).toEqual({ ...cleared, ...added });
    });

    it("sends nothing to the engine that the shell points at", () => {
        const env = { DOCKER_HOST: "tcp://elsewhere:2376", DOCKER_TLS_VERIFY: "1" };
        expect(pulumiEnvironment(env, "s3://x")).toMatchObject(cleared);
    });
});

describe("backendOf", () => {
    it.each([
        [{}, undefined, localBackend],
        [{ PULUMI_BACKEND_URL: "" }, undefined, localBackend],
        [{}, "https://app.example", "https://app.example"],
        [{ PULUMI_BACKEND_URL: "file://~" }, "https://app.example", "file://~"],
        [{ PULUMI_ACCESS_TOKEN: "t" }, undefined, "Pulumi Cloud"],
    ])("in %j with login %s is %s", (env, login, expected) => {
        expect(backendOf(env, login)).toBe(expected);
    });
});

describe("currentLogin", () => {
    it.each([
        ['{"current": "https://app.example"}', "https://app.example"],
        ['{"current": ""}', undefined],
        ["{}", undefined],
        [undefined, undefined],
    ])("with credentials %s: %s", (credentials, expected) => {
        const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        if (credentials !== undefined) {
            writeFileSync(join(home, "credentials.json"), credentials);
        }
        expect(currentLogin({ PULUMI_HOME: home })).toBe(expected);
    });
});

describe("settings", () => {
    const project = {
        name: "shop",
        config: {
            image: { default: "consul:1" },
            imageFlavour: { default: "official" },
            machineStore: { default: "" },
        },
    };
    const committed = (config: Record<string, unknown>) => ({
        // Its type knows only the older form of `config`, a path.
        project: project as unknown as { name: string },
        stack: { config, encryptionSalt: "salt of the user's own passphrase" },
    });

    it("are the committed ones with overrides laid over them, without their salt", () => {
        const stack = committed({ "shop:servers": 3, "shop:driver": "lab" });
        expect(overlay(stack, { servers: 5, image: "a.tar", clients: undefined })).toEqual({
            config: { "shop:servers": 5, "shop:driver": "lab", "shop:image": "a.tar" },
        });
        expect(stack.stack.config).toEqual({ "shop:servers": 3, "shop:driver": "lab" });
    });

    it("name the stack's image, else the project's default", () => {
        expect(configuredImage(committed({ "shop:image": "mine:2" }))).toBe("mine:2");
        expect(configuredImage(committed({}))).toBe("consul:1");
    });

    it("tell an image that is no text", () => {
        expect(runsProgrium(committed({}))).toBe(false);
        expect(configuredImageTool(committed({})).name).toBe("Consul image");
        const progrium = committed({ "shop:imageFlavour": "progrium" });
        expect(runsProgrium(progrium)).toBe(true);
        expect(configuredImageTool(progrium).name).toBe("progrium image");
        expect(() => configuredImage(committed({ "shop:image": { a: 1 } }))).toThrow(
            'Pulumi.dev.yaml: shop:image: got {"a":1}; ' +
                "expected a reference to pull, or the path of an archive that ends in .tar",
        );
    });

    it("name the store, by default one of the stack's own", () => {
        expect(machineStore(committed({ "shop:machineStore": "store" }))).toBe("store");
        expect(machineStore(committed({}))).toBe(".state/machines/dev");
    });
});

describe("removeDeadLocks", () => {
    function backend(locks: Record<string, unknown>): { root: string; folder: string } {
        const root = mkdtempSync(join(tmpdir(), "backend-"));
        const folder = join(root, ".pulumi", "locks", "organization", "shop", "dev");
        mkdirSync(folder, { recursive: true });
        for (const [name, lock] of Object.entries(locks)) {
            writeFileSync(join(folder, name), JSON.stringify(lock));
        }
        return { root, folder };
    }

    it("removes what a dead process of this computer left, and nothing else", () => {
        const here = hostname();
        const { root, folder } = backend({
            "dead.json": { pid: 1, hostname: here },
            "alive.json": { pid: 2, hostname: here },
            "elsewhere.json": { pid: 1, hostname: `not-${here}` },
            "odd.json": { holder: "unknown" },
        });
        expect(removeDeadLocks(root, "shop", "dev", (pid) => pid === 2)).toBe(1);
        expect(readdirSync(folder).sort()).toEqual(["alive.json", "elsewhere.json", "odd.json"]);
    });

    it("finds nothing to do where there are no locks", () => {
        const root = mkdtempSync(join(tmpdir(), "backend-"));
        expect(removeDeadLocks(root, "shop", "dev")).toBe(0);
        expect(existsSync(join(root, ".pulumi"))).toBe(false);
    });
});
