connect {
  enabled     = true
  ca_provider = "vault"
  ca_config {
    address               = "https://vault.example:8200"
    token                 = "s.not-a-real-token"
    root_pki_path         = "connect-root"
    intermediate_pki_path = "connect-dc1"
  }
}
config_entries {
  bootstrap {
    kind = "proxy-defaults"
    name = "global"
    config { protocol = "http" }
  }
  bootstrap {
    kind   = "service-splitter"
    name   = "web"
    splits = [{ weight = 90, service_subset = "v1" }, { weight = 10, service_subset = "v2" }]
  }
}
