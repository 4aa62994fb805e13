import { describe, expect, test } from "vitest";
import { run } from "../../../../scripts/system/process.ts";
import {
    direct,
    engineProxy,
    engineProxyProblem,
    hasProxy,
    noProxyLine,
    proxied,
    withoutLogin,
} from "../../../../scripts/system/proxy.ts";
import { httpServer } from "../../../support/httpServer.ts";

/** A proxy at which nobody listens. */
const proxy = "http://127.0.0.1:9";

describe("what is excepted is read as Go does it", () => {
    test.each<{ exceptions: string; host: string; isLed: boolean }>([
        { exceptions: "", host: "10.0.0.11", isLed: true },
        { exceptions: "*", host: "10.0.0.11", isLed: false },
        { exceptions: "10.0.0.11", host: "10.0.0.11", isLed: false },
        { exceptions: "10.0.0.1", host: "10.0.0.11", isLed: true },
        { exceptions: "10.0.0.11:2376", host: "10.0.0.11", isLed: true },
        { exceptions: " 192.168.1.1 , 10.0.0.0/8 ", host: "10.132.7.11", isLed: false },
        { exceptions: "10.0.0.0/24", host: "10.0.1.11", isLed: true },
        { exceptions: "10.0.0.0/8", host: "10.132.7.0/24", isLed: false },
        { exceptions: "10.132.7.0/25", host: "10.132.7.0/24", isLed: true },
        { exceptions: "0.0.0.0/0", host: "10.0.0.11", isLed: false },
        { exceptions: "10.0.0.0/99", host: "10.0.0.11", isLed: true },
        { exceptions: "example.com", host: "example.com", isLed: false },
        { exceptions: "example.com", host: "db.Example.com", isLed: false },
        { exceptions: ".example.com", host: "db.example.com", isLed: false },
        { exceptions: "*.example.com", host: "db.example.com", isLed: false },
        { exceptions: ".example.com", host: "example.com", isLed: true },
        { exceptions: "ample.com", host: "example.com", isLed: true },
        { exceptions: "", host: "localhost", isLed: false },
        { exceptions: "", host: "127.0.0.1", isLed: false },
    ])('"$exceptions" and $host', ({ exceptions, host, isLed }) => {
        expect(proxied({ NO_PROXY: exceptions }, [host])).toEqual(isLed ? [host] : []);
    });

    test("and in lower case where there is nothing in upper case", () => {
        expect(proxied({ no_proxy: "10.0.0.0/8" }, ["10.0.0.11"])).toEqual([]);
        expect(proxied({ NO_PROXY: "x", no_proxy: "10.0.0.0/8" }, ["10.0.0.11"])).toEqual([
            "10.0.0.11",
        ]);
    });
});

test("the provider's own variable is the one of HTTPS, in either case", () => {
    expect(engineProxy({ HTTP_PROXY: proxy, ALL_PROXY: proxy, HTTPS_PROXY: "" })).toBeUndefined();
    expect(engineProxy({ https_proxy: proxy })).toEqual({ name: "https_proxy", value: proxy });
    expect(engineProxy({ https_proxy: "x", HTTPS_PROXY: proxy })?.name).toBe("HTTPS_PROXY");
});

test("a provider that the CLI is attached to reads none", () => {
    const env = { HTTPS_PROXY: proxy, PULUMI_DEBUG_PROVIDERS: "command:2,docker:1" };
    expect(engineProxy(env)).toBeUndefined();
    expect(engineProxy({ ...env, PULUMI_DEBUG_PROVIDERS: "command:2" })?.name).toBe("HTTPS_PROXY");
});

test("what is wrong is said with the whole line to type, and without a password", () => {
    const env = { HTTPS_PROXY: "http://me:secret@proxy:3128", NO_PROXY: "localhost,.corp" };
    expect(engineProxyProblem(env, ["10.0.0.11", "10.0.0.12"])).toBe(
        'HTTPS_PROXY: got "http://proxy:3128"; Pulumi\'s Docker provider would send to that proxy what it asks of the ' +
            "machines' engines, too. Run `export NO_PROXY=localhost,.corp,10.0.0.11,10.0.0.12`, then this again.",
    );
    const typed = { ...env, NO_PROXY: noProxyLine(env, ["10.0.0.11", "10.0.0.12"]) };
    expect(engineProxyProblem(typed, ["10.0.0.11", "10.0.0.12"])).toBeUndefined();
    expect(engineProxyProblem(env, [])).toBeUndefined();
});

test.each([
    ["http://me:se@cret@proxy:3128", "http://proxy:3128"],
    ["me:secret@proxy:3128", "proxy:3128"],
    ["socks5://proxy:1080", "socks5://proxy:1080"],
])("of %s the address is shown alone", (proxyAt, shown) => {
    expect(withoutLogin(proxyAt)).toBe(shown);
});

test("programs of ours are given the exceptions in both cases, and nothing where there is no proxy", () => {
    const text = "corp,10.0.0.11";
    expect(direct({ all_proxy: proxy, NO_PROXY: "corp" }, ["10.0.0.11"])).toEqual({
        NO_PROXY: text,
        no_proxy: text,
    });
    expect(hasProxy({ NO_PROXY: "corp" })).toBe(false);
    expect(direct({ NO_PROXY: "corp" }, ["10.0.0.11"])).toEqual({});
    expect(direct({ HTTPS_PROXY: proxy }, [])).toEqual({});
});

test("requests of ours go straight to where they are meant to, also where Node is told to use proxies", async () => {
    const { url } = await httpServer((_, response) => response.end("from the machine"));
    const { port } = new URL(url);
    const module = new URL("../../../../scripts/system/http.ts", import.meta.url).href;
    const script =
        `const { sendRequest, readBody } = await import(${JSON.stringify(module)});` +
        `const sent = await sendRequest({ host: "127.0.0.1", port: ${port} }, { path: "/" });` +
        "console.log(await readBody(sent));";
    const names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [
        name,
        name.toLowerCase(),
    ]);
    const env = {
        ...Object.fromEntries(names.map((name) => [name, proxy])),
        NODE_USE_ENV_PROXY: "1",
        NO_PROXY: "",
        no_proxy: "",
    };
    const words = ["--input-type=module", "--eval", script];
    const { stdout, stderr } = await run(process.execPath, words, { env });
    expect([stdout, stderr]).toEqual(["from the machine\n", ""]);
});
