import { expect, test } from "vitest";
import { agentCommand } from "../../../../components/agent/agentCommand.ts";
import { agentConfig, type JsonObject } from "../../../../components/agent/agentConfig.ts";
import { secured } from "../../../../components/agent/securedContract.ts";
import { webUiOf } from "../../../../components/agent/webUi.ts";

test.each<[JsonObject | undefined, boolean, string | undefined]>([
    [undefined, true, "/ui/"],
    [{}, true, "/ui/"],
    [{ ui_config: { enabled: true } }, true, "/ui/"],
    [{ ui_config: { enabled: false } }, false, undefined],
    [{ UI_config: { Enabled: false } }, false, undefined],
    [{ ui: false }, false, undefined],
    [{ ui: false, ui_config: { enabled: true } }, true, "/ui/"],
    [{ ui_config: { dir: "/consul/data/pages" } }, false, "/ui/"],
    [{ ui_dir: "/consul/data/pages" }, false, "/ui/"],
    [{ ui_config: { content_path: "/consul/" } }, true, "/consul/"],
    [{ ui_content_path: "a/b" }, true, "/a/b/"],
    [{ ui_config: { content_path: "/" } }, true, "/"],
])("with %j the UI is Consul's own: %s, at %s", (extra, isConsuls, path) => {
    expect(webUiOf(extra)).toEqual({ isConsuls, path });
});

test.each<[JsonObject, unknown]>([
    [{ ui_config: { enabled: false } }, { enabled: false }],
    [{ ui: false }, undefined],
    [{ ui_config: { dir: "/pages" } }, { dir: "/pages" }],
    [{ ui_config: { content_path: "/a/" } }, { content_path: "/a/", enabled: true }],
])("%j is what a server is started with, open or secured", (extra, expected) => {
    expect(agentConfig({ role: "server", extra }).ui_config).toEqual(expected);
    expect(secured.configFiles({ role: "server", extra }).config.ui_config).toEqual(expected);
});

test("no argument wins over a configuration that serves none of Consul's", () => {
    const flags = {
        role: "server",
        nodeName: "server-1",
        datacenter: "dc1",
        advertise: "10.0.0.11",
        join: [],
    } as const;
    expect(agentCommand(flags)).toContain("-ui");
    expect(agentCommand({ ...flags, ui: true })).toEqual(agentCommand(flags));
    expect(agentCommand({ ...flags, ui: false })).toEqual(
        agentCommand(flags).filter((word) => word !== "-ui"),
    );
});
