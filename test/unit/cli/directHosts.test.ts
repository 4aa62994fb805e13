import { expect, test } from "vitest";
import { directEnvironment } from "../../../cli/stack/directHosts.ts";
import type { DeclaredSettings } from "../../../cli/stack/stackSettings.ts";

const proxy = "http://127.0.0.1:9";

/** Settings of a stack of this program. */
const of = (config: Readonly<Record<string, unknown>>): DeclaredSettings => ({
    project: { name: "consul-machines" },
    stack: {
        config: Object.fromEntries(
            Object.entries(config).map(([name, value]) => [`consul-machines:${name}`, value]),
        ),
    },
});

const hosts = of({
    driver: "generic",
    servers: [
        { name: "a", address: "10.0.0.11" },
        { name: "b", address: "10.0.0.12", reach: "db.example.com" },
    ],
});

test("Pulumi's plugins reach the machines of the settings without the shell's proxy", async () => {
    const env = { HTTPS_PROXY: proxy, NO_PROXY: "registry.corp" };
    const text = "registry.corp,10.0.0.11,db.example.com";
    expect(await directEnvironment(hosts, "dev", env)).toEqual({ NO_PROXY: text, no_proxy: text });
});

test("a network of lab machines is excepted as a whole, the program's own or an example's", async () => {
    const env = { https_proxy: proxy };
    const named = of({ driverOptions: { subnet: "10.89.7.0/24" } });
    expect((await directEnvironment(named, "dev", env)).NO_PROXY).toBe("10.89.7.0/24");
    const example: DeclaredSettings = {
        project: { name: "example", config: { subnet: { default: "10.89.8.0/24" } } },
        stack: {},
    };
    expect((await directEnvironment(example, "dev", env)).NO_PROXY).toMatch(/,10\.89\.8\.0\/24$/);
});

test("nothing is said to plugins where there is no proxy, or where all is excepted already", async () => {
    expect(await directEnvironment(hosts, "dev", {})).toEqual({});
    const env = { HTTPS_PROXY: proxy, NO_PROXY: "*" };
    expect((await directEnvironment(hosts, "dev", env)).NO_PROXY).toBe("*");
});
