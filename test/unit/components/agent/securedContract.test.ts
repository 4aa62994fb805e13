import { expect, test } from "vitest";
import { imageContractOf } from "../../../../components/agent/imageContracts.ts";
import {
    ownedKeys,
    ownedKeysOf,
    ownedVariables,
    ownedVariablesOf,
} from "../../../../components/agent/ownedKeys.ts";
import { portsOf } from "../../../../components/agent/ports.ts";
import { reloadablePaths } from "../../../../components/agent/reloadableConfig.ts";
import { domainOf, secured } from "../../../../components/agent/securedContract.ts";
import { environmentVariableProblems } from "../../../../components/agent/agentConfig.ts";

test("an agent of a secured cluster is started with this, its keys sorted", () => {
    const { config, reloadable } = secured.configFiles({ role: "server", recursors: ["9.9.9.9"] });

    expect(JSON.stringify(config, null, 1)).toMatchInlineSnapshot(`
      "{
       "acl": {
        "default_policy": "deny",
        "down_policy": "extend-cache",
        "enable_token_persistence": false,
        "enabled": true
       },
       "addresses": {
        "dns": "0.0.0.0",
        "http": "127.0.0.1",
        "https": "0.0.0.0"
       },
       "connect": {
        "enabled": false
       },
       "leave_on_terminate": false,
       "limits": {
        "http_max_conns_per_client": 1000,
        "rpc_max_conns_per_client": 500
       },
       "performance": {
        "raft_multiplier": 1
       },
       "ports": {
        "dns": 8600,
        "grpc": -1,
        "grpc_tls": -1,
        "http": 8500,
        "https": 8501,
        "serf_wan": -1
       },
       "recursors": [
        "9.9.9.9"
       ],
       "tls": {
        "defaults": {
         "ca_file": "/consul-machines/tls/ca.pem",
         "cert_file": "/consul-machines/tls/agent.pem",
         "key_file": "/consul-machines/tls/agent.pem",
         "tls_min_version": "TLSv1_2",
         "verify_incoming": true,
         "verify_outgoing": true
        },
        "https": {
         "verify_incoming": false
        },
        "internal_rpc": {
         "verify_server_hostname": true
        }
       },
       "ui_config": {
        "enabled": true
       }
      }"
    `);
    expect(reloadable).toEqual({});
});

test("it takes TLS 1.3 alone, and demands certificates of callers, where that is set, and is the same otherwise", () => {
    const plain = secured.configFiles({ role: "client" }).config;
    const tls = { minVersion: "1.3", clientCertificates: true } as const;
    const { config } = secured.configFiles({ role: "client", tls });
    expect(config.tls).toMatchObject({
        defaults: { tls_min_version: "TLSv1_3", verify_incoming: true },
        https: { verify_incoming: true },
    });
    expect({ ...config, tls: plain.tls }).toEqual(plain);
    const stated = { minVersion: "1.2", clientCertificates: false } as const;
    for (const same of [undefined, {}, stated]) {
        expect(secured.configFiles({ role: "client", tls: same }).config).toEqual(plain);
    }
});

test("a client has the same, without the UI", () => {
    const { config: server } = secured.configFiles({ role: "server" });
    const { config: client } = secured.configFiles({ role: "client" });

    const { ui_config: ui, ...rest } = server;
    expect([ui, client]).toEqual([{ enabled: true }, rest]);
});

test("the operator's configuration is merged in, and what an agent reloads is kept apart", () => {
    const extra = {
        log_level: "debug",
        performance: { raft_multiplier: 2 },
        http_config: { response_headers: { "X-Frame-Options": "DENY" } },
    };
    const { config, reloadable } = secured.configFiles({ role: "client", extra });

    expect(reloadable).toEqual({ log_level: "debug" });
    expect(config).toMatchObject({
        acl: { default_policy: "deny" },
        performance: { raft_multiplier: 2 },
        http_config: { response_headers: { "X-Frame-Options": "DENY" } },
    });
});

test("its arguments are those of an open agent, without where it serves its API", () => {
    const flags = {
        role: "server",
        nodeName: "server-2",
        datacenter: "dc1",
        advertise: "10.0.0.12",
        join: ["10.0.0.11"],
    } as const;
    const open = imageContractOf("official").command(flags);

    expect(open).toContain("-client=0.0.0.0");
    expect(secured.command(flags)).toEqual(open.filter((word) => !word.startsWith("-client=")));
    expect(() => secured.command({ ...flags, join: ["10.0.0.12"] })).toThrow(RangeError);
});

test("it publishes what peers and users need, each port once", () => {
    const listed = (role: "server" | "client") =>
        portsOf(role, secured.ports).map(({ port, protocol }) => `${port}/${protocol}`);

    const ofAll = ["8301/tcp", "8301/udp", "8501/tcp", "8600/tcp", "8600/udp"];
    expect(listed("client")).toEqual(ofAll);
    expect(listed("server")).toEqual(["8300/tcp", ...ofAll]);
    expect(secured.apiPorts.map(({ port }) => port)).toEqual([8501, 8600, 8600]);
});

test("the contract is chosen by flavour and security, and there is none for progrium's image", () => {
    expect(imageContractOf("official", "full")).toBe(secured);
    expect(imageContractOf("official", "open")).toBe(imageContractOf());
    expect(imageContractOf("progrium", "open").api).toBe("0.5");
    expect(() => imageContractOf("progrium", "full")).toThrow(
        'security: got "full"; Consul 0.5.2 has neither the policies of ACLs nor the API of gossip keys',
    );
});

test.each([
    [undefined, "consul"],
    [{}, "consul"],
    [{ domain: "example" }, "example"],
    [{ Domain: "example.internal." }, "example.internal"],
    [{ domain: "." }, "consul"],
])("the domain of %j is %s", (extra, domain) => {
    expect(domainOf(extra)).toBe(domain);
});

test("what secures an agent cannot be set, and none of it is a key that it reloads", () => {
    const added = (all: (security: "full" | "open") => object, inAll: object) =>
        Object.keys(all("full")).filter((key) => !Object.hasOwn(inAll, key));
    const keys = added(ownedKeysOf, ownedKeys);
    expect(keys).toEqual(expect.arrayContaining(["acl", "tls", "encrypt", "verify_incoming"]));
    expect(reloadablePaths.filter((path) => keys.includes(path.split(".")[0] ?? ""))).toEqual([]);

    const variables = added(ownedVariablesOf, ownedVariables);
    expect(variables).toEqual(expect.arrayContaining(["CONSUL_HTTP_TOKEN", "CONSUL_CACERT"]));
    const environment = Object.fromEntries(variables.map((name) => [name, "x"]));
    expect(environmentVariableProblems(environment, "full")).toHaveLength(variables.length);
    expect(environmentVariableProblems(environment, "open")).toEqual([]);
    // What the contract sets itself is among them.
    expect(Object.keys(secured.environment ?? {}).filter((n) => !variables.includes(n))).toEqual(
        [],
    );
});
