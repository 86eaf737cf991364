-- Asks Portcullis whether a request may pass. It passes if `txn.portcullis_allows` is true afterwards, and that is set in one
-- place: after an answer of exactly 200. No answer, or another one, ends the request here.

local ENDPOINT = "http://127.0.0.1:8181/authz/forward-auth"
-- HAProxy's client tries four times: what takes longer than four times as long is no answer.
local TIMEOUT_MS = 500

local function question(txn)
  local function one(value) return { [0] = value } end
  local headers = {
    ["x-forwarded-method"] = one(txn.f:method()),
    -- With its query, and as the client sent it.
    ["x-forwarded-uri"]    = one(txn.f:pathq() or txn.f:url()),
    ["x-forwarded-proto"]  = one(txn.f:ssl_fc() == 1 and "https" or "http"),
    ["x-forwarded-for"]    = one(txn.f:src()),
    -- Whole, also if there is a comma in it.
    ["x-forwarded-host"]   = one(txn.f:req_fhdr("host")),
    -- Whose password HAProxy has checked.
    ["x-portcullis-user"]  = one(txn.f:http_auth_user()),
  }
  -- What else a client says is passed on only where it is named here.
  for _, name in ipairs({ "accept", "user-agent", "x-request-id", "traceparent" }) do
    local value = txn.f:req_fhdr(name)
    if value then headers[name] = one(value) end
  end
  return headers
end

local function header(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0] or ""
end

-- What a client is told with a denial.
local TOLD = {
  "content-type", "content-security-policy", "x-content-type-options", "location", "www-authenticate", "retry-after",
  "portcullis-reason",
}

local function refuse(txn, answer)
  local reply = txn:reply { status = answer.status, body = answer.body or "" }
  for _, name in ipairs(TOLD) do
    local value = header(answer, name)
    if value ~= "" then reply:add_header(name, value) end
  end
  reply:add_header("cache-control", "no-store")
  txn:done(reply)
end

core.register_action("portcullis", { "http-req" }, function(txn)
  txn:set_var("txn.portcullis_allows", false)
  local answer = core.httpclient():get { url = ENDPOINT, headers = question(txn), timeout = TIMEOUT_MS }
  if not answer then return end
  if answer.status == 401 or answer.status == 403 or answer.status == 302 then return refuse(txn, answer) end
  if answer.status ~= 200 then return end
  for _, name in ipairs({ "subject", "subject-type", "organization", "obligations", "advice" }) do
    txn:set_var("txn.portcullis_" .. name:gsub("-", "_"), header(answer, "portcullis-" .. name))
  end
  txn:set_var("txn.portcullis_allows", true)
end, 0)
