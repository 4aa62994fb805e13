import { expect, test } from "vitest";
import { countAstray, ledTo } from "../../../../scripts/machine/staleFlows.ts";
import { deletionCommands } from "../../../../scripts/machine/staleFlows.ts";

const host = "10.0.0.12";
const peer = "10.0.0.11";
const gossip = { ip: host, port: 8301 };

/** A line of the kernel's table: how a flow began, and how what answers it comes. */
const flow = (begun: readonly string[], answered: readonly string[], protocol = "udp") => {
    const way = ([src = "", dst = ""]: readonly string[]) => {
        const [from, sport] = src.split(":");
        const [to, dport] = dst.split(":");
        return `src=${from ?? ""} dst=${to ?? ""} sport=${sport ?? ""} dport=${dport ?? ""}`;
    };
    return `${protocol}      17 119 ${way(begun)} ${way(answered)} [ASSURED] mark=0 use=1`;
};

const began = flow(["172.17.0.2:8301", `${peer}:8301`], [`${peer}:8301`, `${host}:8301`]);
const asked = flow([`${peer}:8301`, `${host}:8301`], ["172.17.0.3:8301", `${peer}:8301`]);
const untranslated = flow([`${peer}:8301`, `${host}:8301`], [`${host}:8301`, `${peer}:8301`]);

test.each([
    ["that a container began, whose answers come in there", began, ["172.17.0.2"]],
    ["that another began", asked, ["172.17.0.3"]],
    ["that leads to no container", untranslated, [host]],
    ["as the kernel itself tells it", `ipv4     2 ${asked} zone=0`, ["172.17.0.3"]],
    ["that has no answer yet", asked.replace(" src=172", " [UNREPLIED] src=172"), ["172.17.0.3"]],
    [
        "whose answers come in at another port",
        began.replace(`dst=${host} sport=8301 dport=8301`, `dst=${host} sport=8301 dport=1024`),
        [],
    ],
    ["to another port", asked.replace(" dport=8301", " dport=8600"), []],
    ["to another machine", asked.replaceAll(host, "10.0.0.13"), []],
    ["of tcp", asked.replace("udp", "tcp"), []],
    ["that is none", "conntrack v1.4.7 (conntrack-tools): 6 flow entries have been shown.", []],
])("a flow %s", (_, line, expected) => {
    expect(ledTo(line, gossip)).toEqual(expected);
});

test("flows go astray that lead elsewhere than to the container that is there", () => {
    const table = [began, asked, untranslated].join("\n");
    expect(countAstray(table, [{ ...gossip, inside: ["172.17.0.3"] }])).toBe(2);
    expect(countAstray(asked, [{ ...gossip, inside: ["172.18.0.2", "172.17.0.3"] }])).toBe(0);
    expect(countAstray(table, [{ ...gossip, port: 8600, inside: [] }])).toBe(0);
});

test("flows with either claim to a port are deleted", () => {
    expect(deletionCommands([{ ...gossip, inside: [] }])).toEqual([
        "sudo conntrack -D -p udp --orig-dst 10.0.0.12 --orig-port-dst 8301",
        "sudo conntrack -D -p udp --reply-dst 10.0.0.12 --reply-port-dst 8301",
    ]);
});
