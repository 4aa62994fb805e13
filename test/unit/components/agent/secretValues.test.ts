import { describe, expect, test } from "vitest";
import { isGossipKey, secretKind } from "../../../../components/agent/secretValues.ts";

const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const uuid = "8f246b77-f3e1-ff88-5b48-8ec93abf3e05";
const key16 = Buffer.alloc(16, 7).toString("base64");
const key24 = Buffer.alloc(24, 7).toString("base64");
const key32 = Buffer.alloc(32, 7).toString("base64");

describe("a secret is told by its form", () => {
    test.each([
        ["-----BEGIN PRIVATE KEY-----\nMIG\n", "a private key"],
        ["text before\n-----BEGIN RSA PRIVATE KEY-----", "a private key"],
        ["-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"],
        ["-----BEGIN EC PRIVATE KEY-----", "a private key"],
        [`hvs.${letters.slice(0, 24)}`, "a Vault token"],
        [`hvb.${letters.slice(0, 30)}`, "a Vault token"],
        [`hvr.${letters.slice(0, 24)}`, "a Vault token"],
        [`s.${letters.slice(0, 24)}`, "a Vault token"],
        [`token=s.${letters.slice(0, 24)}`, "a Vault token"],
        ["02MV4UU43BK5HGYTOJZWFQMTMNNEWU33JJ", "a license of Consul Enterprise"],
        ["AKIAIOSFODNN7EXAMPLE", "an AWS access key"],
        ["provider=aws access_key_id=ASIAIOSFODNN7EXAMPLE tag_key=a", "an AWS access key"],
        [`ghp_${letters.slice(0, 36)}`, "a GitHub token"],
        [`github_pat_${letters.slice(0, 50)}`, "a GitHub token"],
        [`glpat-${letters.slice(0, 20)}`, "a GitLab token"],
        ["xoxb-123456789012-abcdefghij", "a Slack token"],
        ["https://hooks.slack.com/services/T0001/B0001/XXXXXXXX", "a Slack token"],
        [`dop_v1_${"0123456789abcdef".repeat(4)}`, "a DigitalOcean token"],
        [`AIza${letters.slice(0, 35)}`, "a Google API key"],
        ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "a JSON Web Token"],
        ["Basic dXNlcjpwYXNzd29yZA==", "the value of a header Authorization"],
        ["Bearer abc.def-123", "the value of a header Authorization"],
        ["https://user:hunter2@proxy.example:3128/", "a URL with a password"],
        ["redis://:hunter2@cache:6379", "a URL with a password"],
    ])("%s", (text, kind) => {
        expect(secretKind(text)).toBe(kind);
    });
});

test.each([
    [uuid, "API_KEY", "a token"],
    [uuid, "node_id", undefined],
    [uuid, "", undefined],
    [key16, "encrypt", "a gossip key"],
    [key24, "gossip", "a gossip key"],
    [key32, "main-key", "a gossip key"],
    [key32, "checksum", undefined],
])("%s under the name %j is %j", (text, name, kind) => {
    expect(secretKind(text, name)).toBe(kind);
});

test.each([
    "hashicorp/consul:1.22.2",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    "https://proxy.example:3128/",
    "https://user@proxy.example/",
    "http://[::1]:8500/v1/agent/self?pretty",
    "10.0.0.0/8",
    "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "Basic",
    "Bearer of bad news",
    "A3T of AKIA",
    "us.example.com",
    "s.example.com.consul.service.here",
    "ssh://git@github.com/consul-machines/consul-machines.git",
    "arn:aws:iam::123456789012:role/consul",
    "/consul-machines/files/main.key",
])("%s is none", (text) => {
    expect(secretKind(text, "key")).toBeUndefined();
});

test("a gossip key is base64 of 16, 24 or 32 bytes", () => {
    expect([key16, key24, key32].map(isGossipKey)).toEqual([true, true, true]);
    const others = ["", "abc", Buffer.alloc(20).toString("base64"), `${key32}=`, ` ${key32}`, uuid];
    expect(others.map(isGossipKey)).toEqual(others.map(() => false));
});
