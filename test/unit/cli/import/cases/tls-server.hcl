verify_incoming_rpc = true
tls {
  defaults {
    ca_file         = "/etc/consul.d/tls/ca.pem"
    cert_file       = "/etc/consul.d/tls/server.pem"
    key_file        = "/etc/consul.d/tls/server-key.pem"
    tls_min_version = "TLSv1_3"
    verify_incoming = true
    verify_outgoing = true
  }
  https {
    verify_incoming = false
  }
  internal_rpc {
    verify_server_hostname = true
  }
}
auto_encrypt { allow_tls = true }
encrypt                 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
encrypt_verify_incoming = true
