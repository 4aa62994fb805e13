acl = {
  enabled                  = true
  default_policy           = "deny"
  down_policy              = "extend-cache"
  enable_token_persistence = true
  tokens {
    initial_management = "9f3b7a52-1111-4222-8333-abcdefabcdef"
    agent              = "4c0ffee0-1111-4222-8333-abcdefabcdef"
    default            = "dd5e8a10-1111-4222-8333-abcdefabcdef"
  }
}
