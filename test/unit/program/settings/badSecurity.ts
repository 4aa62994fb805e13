import type { BadSettings } from "./badCase.ts";

const acls = "under full security the cluster has ACLs and tokens of its own";
const gossip =
    'under full security the gossip key is made here, and replaced by `rotate`; bring one with the setting "gossipKey"';
const tls = "under full security every agent has a certificate of the cluster's own CA";
const health = "the container's health check asks its own agent, with the agent's own token";
const keyInClear =
    "authority.key: got a secret, which is not repeated here; it is in clear in the stack file. Remove it, then " +
    "`pulumi config set --secret --path authority.key < FILE`; who has read that file can sign certificates, so " +
    "bring another CA if anybody may have";

const gossipInClear =
    "gossipKey: got a secret, which is not repeated here; it is in clear in the stack file. Bring another one, which nobody " +
    "has read there: `consul keygen | pulumi config set --secret gossipKey`";

/** Settings that do not go with the cluster's security. */
export const badSecurity: readonly BadSettings[] = [
    {
        what: "a word for the security that is none",
        config: { security: "half" },
        problems: ['security: got "half"; full or open'],
    },
    {
        what: "secrets to replace that there are not, and numbers that count nothing",
        config: { security: "full", rotate: { keys: 2, ca: 0, leaf: 1.5 } },
        problems: [
            "rotate.ca: got 0; a whole number, one more for each time",
            "rotate.leaf: got 1.5; a whole number, one more for each time",
            "rotate.keys: got 2; there is no such setting; there are seed, ca, leaf, gossip, tokens, management",
        ],
    },
    {
        what: "secrets to replace in an open cluster",
        config: { rotate: { gossip: 2 } },
        problems: ['rotate: got {"gossip":2}; an open cluster has no secrets to replace'],
    },
    {
        what: "TLS that there is not, and that is too old",
        config: {
            security: "full",
            tls: { minVersion: 1.1, clientCertificates: "no", ciphers: [] },
        },
        problems: [
            "tls.minVersion: got 1.1; 1.2 or 1.3",
            'tls.clientCertificates: got "no"; true or false',
            "tls.ciphers: got []; there is no such setting; there are minVersion, clientCertificates",
        ],
    },
    {
        what: "TLS in an open cluster",
        config: { tls: { minVersion: "1.3" } },
        problems: [
            'tls: got {"minVersion":"1.3"}; an open cluster speaks no TLS; leave it out, or secure the cluster with ' +
                '"security" set to "full"',
        ],
    },
    {
        what: "a CA in an open cluster",
        config: { authority: { certificate: "the certificate", key: "the key" } },
        problems: [
            'authority: got a secret, which is not repeated here; the agents of an open cluster have no certificates; leave it out, or secure the cluster with "security" set to "full"',
            keyInClear,
            "authority.certificate: there is none in it; give the CA's own, then those above it, in PEM",
        ],
    },
    {
        what: "a CA whose key is in clear, and with a number",
        config: {
            security: "full",
            authority: { certificate: "the certificate", key: "the key" },
            rotate: { ca: 2 },
        },
        problems: [
            'rotate.ca: got 2; the CA is brought with "authority", and there is none of ours to replace; bring another one there, and leave this out',
            keyInClear,
            "authority.certificate: there is none in it; give the CA's own, then those above it, in PEM",
        ],
    },
    {
        what: "a gossip key in clear, and with a number",
        config: {
            security: "full",
            gossipKey: Buffer.alloc(32, 7).toString("base64"),
            rotate: { gossip: 2 },
        },
        problems: [
            'rotate.gossip: got 2; the gossip key is brought with "gossipKey", and there is none of ours to replace; bring another one there, and leave this out',
            gossipInClear,
        ],
    },
    {
        what: "a gossip key that is none",
        config: { gossipKey: "hunter2" },
        problems: [
            "gossipKey: got a secret, which is not repeated here; base64 of 16, 24 or 32 bytes, as `consul keygen` prints it",
        ],
    },
    {
        what: "a gossip key in an open cluster",
        config: { gossipKey: Buffer.alloc(16, 7).toString("base64") },
        problems: [
            'gossipKey: got a secret, which is not repeated here; an open cluster encrypts no gossip; leave it out, or secure the cluster with "security" set to "full"',
            gossipInClear,
        ],
    },
    {
        what: "half a CA",
        config: { security: "full", authority: { certificate: "the certificate" } },
        problems: [
            "authority.key: got nothing; the CA's private key: `pulumi config set --secret --path authority.key < FILE`",
        ],
    },
    {
        what: "the other half of a CA",
        config: { security: "full", authority: { key: "the key" } },
        problems: [
            "authority.certificate: got nothing; its certificate, and those of the CAs above it behind it, in PEM",
        ],
    },
    {
        what: "a CA of another form",
        config: { security: "full", authority: { certificate: "x", key: 7, name: "y" } },
        problems: [
            "authority.key: got a secret, which is not repeated here; a private key in PEM",
            "authority.name: got a secret, which is not repeated here; there is no such setting; there are certificate, key",
        ],
    },
    {
        what: "TLS for progrium's image",
        config: {
            security: "open",
            image: "progrium/consul:latest",
            imageFlavour: "progrium",
            tls: { clientCertificates: true },
        },
        problems: [
            'tls: got {"clientCertificates":true}; an open cluster speaks no TLS; leave it out, or secure the cluster ' +
                'with "security" set to "full"',
        ],
    },
    {
        what: "another stack's servers to join, by address, in a secured cluster",
        config: { security: "full", join: ["192.0.2.9"] },
        problems: [
            'join: got ["192.0.2.9"]; the agents of a secured cluster need its CA and keys, which an address ' +
                'alone does not give; name its stack with "joinStack" (joinCluster of the library), ' +
                'or join an open cluster, with "security" set to "open"',
        ],
    },
    {
        what: "progrium's image, secured",
        config: { security: "full", image: "progrium/consul:latest", imageFlavour: "progrium" },
        problems: [
            'imageFlavour: got "progrium"; Consul 0.5.2 has neither the policies of ACLs nor the API of gossip ' +
                'keys that full security is made of; set "security" to "open", and keep the cluster\'s network ' +
                "to yourself",
        ],
    },
    {
        what: "what a secured cluster's agents are configured with by us",
        config: {
            security: "full",
            agentConfig: {
                ACL: { enabled: false },
                tls: {},
                encrypt_verify_incoming: false,
                enable_script_checks: true,
                domain: "example",
            },
            environment: { CONSUL_CACERT: "/ca.pem" },
        },
        problems: [
            `agentConfig.ACL: cannot be set here; ${acls}`,
            `agentConfig.tls: cannot be set here; ${tls}; use the setting "tls"`,
            `agentConfig.encrypt_verify_incoming: cannot be set here; ${gossip}`,
            "agentConfig.enable_script_checks: got true; whoever may register a service could run programs on " +
                "every node. enable_local_script_checks takes those of its configuration alone",
            `environment.CONSUL_CACERT: cannot be set here; ${health}`,
        ],
    },
];
