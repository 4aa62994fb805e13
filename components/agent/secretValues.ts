/** A kind of secret that is told by its form. */
interface SecretKind {
    /** What it is, in words. */
    readonly what: string;
    /** What matches nothing else that a setting would have. */
    readonly form: RegExp;
}

/**
 * Kinds of secrets that an operator of Consul meets, by their documented forms. Scanners such as secretlint (MIT, on npm)
 * know more of them; they read files, answer later, and know neither Consul's license nor its gossip keys and tokens, whose
 * forms tell nothing without the names that they are under.
 */
const kinds: readonly SecretKind[] = [
    // RFC 7468, and OpenSSH's PROTOCOL.key
    { what: "a private key", form: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/ },
    // The beginning of every license that HashiCorp's products take: base32 of its signed header.
    { what: "a license of Consul Enterprise", form: /\b02MV4UU43BK5HGYTOJZW/ },
    // developer.hashicorp.com/vault/docs/concepts/tokens: service, batch and recovery tokens, and those before 1.10
    {
        what: "a Vault token",
        form: /(?:^|[^\w.])(?:hv[sbr]\.[\w-]{20,}|[sbr]\.[A-Za-z0-9]{24}(?!\w))/,
    },
    // docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    { what: "an AWS access key", form: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
    // github.blog/engineering/behind-githubs-new-authentication-token-formats
    { what: "a GitHub token", form: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})/ },
    // docs.gitlab.com/security/tokens
    { what: "a GitLab token", form: /\bgl(?:pat|dt|rt|ptt)-[\w-]{20,}/ },
    // api.slack.com/authentication/token-types, api.slack.com/messaging/webhooks
    {
        what: "a Slack token",
        form: /\bxox[abeprs]-[\w-]{10,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/,
    },
    // docs.digitalocean.com/reference/api/create-personal-access-token
    { what: "a DigitalOcean token", form: /\bdo[opr]_v1_[0-9a-f]{64}\b/ },
    // cloud.google.com/docs/authentication/api-keys
    { what: "a Google API key", form: /\bAIza[\w-]{35}/ },
    // RFC 7519: base64url of `{"`
    { what: "a JSON Web Token", form: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/ },
    // RFC 7617, RFC 6750
    { what: "the value of a header Authorization", form: /^(?:Basic|Bearer)\s+[\w+/=.~-]{6,}$/i },
    // RFC 3986, section 3.2.1
    { what: "a URL with a password", form: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@?#]*:[^\s/@?#]+@/i },
];

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Base64 of 16, 24 or 32 bytes: what Consul takes for a gossip key. */
const gossipKey = /^(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{43}=)$/;

/** Names under which a text of those two forms is a secret. */
const keyName = /key$|keys$|keyring|gossip|encrypt/i;

/**
 * What kind of secret a text looks like; undefined where it looks like none.
 *
 * @param name what it is under. @default nothing that tells
 */
export function secretKind(text: string, name = ""): string | undefined {
    const found = kinds.find(({ form }) => form.test(text));
    if (found !== undefined || !keyName.test(name)) {
        return found?.what;
    }
    return uuid.test(text) ? "a token" : gossipKey.test(text) ? "a gossip key" : undefined;
}

/** Whether a text is a gossip key as Consul takes it: base64 of 16, 24 or 32 bytes. */
export function isGossipKey(text: string): boolean {
    return gossipKey.test(text);
}

/** The rule of one. */
export const gossipKeyRule = "base64 of 16, 24 or 32 bytes, as `consul keygen` prints it";
