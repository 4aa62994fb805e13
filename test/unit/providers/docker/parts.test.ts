import { describe, expect, it } from "vitest";
import { MachineEngine } from "../../../../providers/docker/engine.ts";
import { goDuration, nanoseconds } from "../../../../providers/docker/resources/durations.ts";
import { parseImageName } from "../../../../providers/docker/resources/images.ts";
import { retryWhile } from "../../../../providers/docker/resources/retryWhile.ts";

it.each([
    ["0s", 0, "0s"],
    ["30s", 30e9, "30s"],
    ["90s", 90e9, "1m30s"],
    ["1m30s", 90e9, "1m30s"],
    ["500ms", 500e6, "500ms"],
    ["1.5s", 1.5e9, "1.5s"],
    ["2h", 7200e9, "2h0m0s"],
    [undefined, 0, "0s"],
])("the duration %s", (text, value, written) => {
    expect(nanoseconds(text)).toBe(value);
    expect(goDuration(value)).toBe(written);
});

it.each([
    ["consul", "registry-1.docker.io", "consul", "latest"],
    ["hashicorp/consul:1.20", "registry-1.docker.io", "hashicorp/consul", "1.20"],
    ["localhost:5000/consul", "localhost:5000", "localhost:5000/consul", "latest"],
    ["registry.example/a/b:1@sha256:ab", "registry.example", "registry.example/a/b", "sha256:ab"],
])("the image %s", (name, registry, repository, tag) => {
    expect(parseImageName(name)).toEqual({ registry, repository, tag });
});

describe("an engine", () => {
    const ask = (config: Record<string, unknown>) =>
        new MachineEngine(config, "consul-server-2-docker").use((api) => api.text("/_ping"));

    it("that does not answer is named, with the way out", async () => {
        await expect(ask({ host: "unix:///nowhere/docker.sock" })).rejects.toThrow(
            /^consul-server-2-docker: the Docker Engine at unix:\/\/\/nowhere\/docker.sock does not answer \(.*ENOENT.*\)\. Start its machine, or replace the machine: docs\/replace\.md$/,
        );
        await expect(ask({ host: "tcp://127.0.0.1:1" })).rejects.toThrow(/ECONNREFUSED/);
    });

    it("behind SSH is not asked", async () => {
        await expect(ask({ host: "ssh://server-2.unreachable.invalid" })).rejects.toThrow(
            /consul-server-2-docker: .*server-2\.unreachable\.invalid does not answer/,
        );
    });

    it("has a host that is understood", () => {
        expect(() => new MachineEngine({ host: "ftp://10.0.0.1" }, "it")).toThrow(
            'host: got "ftp://10.0.0.1"; expected unix://, tcp:// or ssh://',
        );
    });

    it("takes secrets, and logins as JSON", () => {
        const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
        const logins = [{ address: "https://registry.example", username: "u", password: "p" }];
        const engine = new MachineEngine(
            {
                host: "tcp://127.0.0.1:1",
                caMaterial: { ...secret, value: "ca" },
                registryAuth: JSON.stringify(logins),
            },
            "it",
        );
        const login = JSON.parse(
            Buffer.from(engine.login("registry.example"), "base64url").toString(),
        ) as unknown;
        expect(login).toEqual({ username: "u", password: "p", serveraddress: "registry.example" });
        expect(engine.login("another.example")).toBe(Buffer.from("{}").toString("base64url"));
    });
});

it("repeats what fails for a passing reason, and nothing else", async () => {
    const { signal } = new AbortController();
    let left = 2;
    const work = () =>
        left-- > 0 ? Promise.reject(new Error("volume is in use")) : Promise.resolve("removed");
    await expect(retryWhile(/in use/, signal, work)).resolves.toBe("removed");
    const failing = () => Promise.reject(new Error("no such driver"));
    await expect(retryWhile(/in use/, signal, failing)).rejects.toThrow("no such driver");
});
