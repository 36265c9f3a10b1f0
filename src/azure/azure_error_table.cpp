#include <array>

#include "azure/azure_error_table_internal.h"

namespace apportion {
namespace {

constexpr ErrorCode kAccess = ErrorCode::kAccess;
constexpr ErrorCode kUsage = ErrorCode::kUsage;
constexpr ErrorCode kBadInput = ErrorCode::kBadInput;
constexpr ErrorCode kUnreachable = ErrorCode::kUnreachable;

constexpr std::string_view kGiveRole =
    "give the principal a role at this scope; `apportion connection test` names the role and the command that grants "
    "it";
constexpr std::string_view kGiveDataRole =
    "grant Storage Blob Data Reader on the container or the account; Reader and Owner do not give access to blobs";
constexpr std::string_view kWait = "wait some minutes, then run the same command again; it goes on where it stopped";
constexpr std::string_view kWaitAnHour =
    "wait an hour, then run the same command again; if it stays, open a support case with the request id";
constexpr std::string_view kNewSas =
    "make a new SAS and give it to the connection with `apportion connection edit --sas-file FILE`";
constexpr std::string_view kSasForReading =
    "make a SAS with the permissions read and list (sp=rl), service blob, resource types service, container and object";
constexpr std::string_view kCheckUrl = "compare the location of the connection with the storage account";
constexpr std::string_view kSignInAgain = "sign in again with `az login`, then run the same command again";
constexpr std::string_view kReportIt =
    "this is likely a mistake of the program: report it with the request id, without secrets";

constexpr auto kRows = std::to_array<AzureErrorRow>({
    // Entra: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    {"AADSTS7000215", "", kAccess, "the client secret is wrong",
     "give the value of the secret, not its id: `apportion connection edit --client-secret-file FILE`"},
    {"AADSTS7000222", "", kAccess, "the client secret has expired",
     "make a new secret for the app registration and give it with `apportion connection edit --client-secret-file "
     "FILE`"},
    {"AADSTS7000218", "", kAccess, "the app registration has to prove who it is, and no secret or certificate was sent",
     "give the connection a client secret, a certificate or a federated token"},
    {"AADSTS7000112", "", kAccess, "the application is disabled",
     "enable sign-in for the enterprise application in Entra"},
    {"AADSTS7000229", "", kAccess, "the application has no service principal in this tenant",
     "have an administrator of the tenant open the consent link that `apportion connection test` prints"},
    {"AADSTS700016", "", kAccess, "this tenant does not know the application",
     "check client id and tenant; for a storage account in another tenant, have its administrator open the consent "
     "link "
     "that `apportion connection test` prints"},
    {"AADSTS700027", "", kAccess, "the signature of the certificate was not accepted",
     "upload this very certificate to the app registration, and see that it has not expired"},
    {"AADSTS700030", "", kAccess, "the certificate is not valid",
     "make a new certificate and upload it to the app registration"},
    {"AADSTS700024", "", kAccess, "the signed assertion is outside of its time",
     "set the clock of this machine right (NTP); a federated token file must be renewed by who writes it"},
    {"AADSTS700021", "", kAccess, "the federated token does not belong to this application",
     "compare issuer and subject of the token with the federated credential of the app registration"},
    {"AADSTS70021", "", kAccess, "no federated credential of the app registration fits the token",
     "compare issuer, subject and audience of the token with the federated credential of the app registration"},
    {"AADSTS700211", "", kAccess, "no federated credential of the app registration has the issuer of the token",
     "compare the issuer of the token with the federated credential of the app registration"},
    {"AADSTS700212", "", kAccess, "no federated credential of the app registration has the audience of the token",
     "the audience is usually api://AzureADTokenExchange: compare it with the federated credential"},
    {"AADSTS700213", "", kAccess, "no federated credential of the app registration has the subject of the token",
     "compare the subject of the token with the federated credential of the app registration"},
    {"AADSTS700082", "", kAccess, "the sign-in of the Azure CLI has expired", kSignInAgain},
    {"AADSTS70043", "", kAccess, "the sign-in of the Azure CLI has expired", kSignInAgain},
    {"AADSTS50173", "", kAccess, "the sign-in of the Azure CLI was revoked", kSignInAgain},
    {"AADSTS90002", "", kAccess, "there is no such tenant",
     "check the tenant id, and the cloud (public, usgov, china) of the connection"},
    {"AADSTS900023", "", kUsage, "the tenant id is neither a GUID nor a domain",
     "correct the tenant of the connection"},
    {"AADSTS90100", "", kUsage, "a field of the sign-in is empty", "check tenant and client id of the connection"},
    {"AADSTS900144", "", kUsage, "a field of the sign-in is missing", "check tenant and client id of the connection"},
    {"AADSTS90013", "", kUsage, "a field of the sign-in is not valid", "check tenant and client id of the connection"},
    {"AADSTS90033", "", kUnreachable, "Entra has a passing failure", kWait},
    {"AADSTS90055", "", kUnreachable, "Entra gets too many requests", kWait},
    {"AADSTS50194", "", kAccess, "the app registration is for one tenant only",
     "make the app registration multi-tenant, or sign in to its own tenant"},
    {"AADSTS50196", "", kUnreachable, "Entra stops the program for asking too often", kWait},
    {"AADSTS53003", "", kAccess, "a conditional access policy forbids the sign-in",
     "let the policy except this principal, or run the program from an allowed network"},
    {"AADSTS53011", "", kAccess, "Entra blocks the principal because of a risk",
     "have an administrator clear the risk"},
    {"AADSTS530003", "", kAccess, "a conditional access policy asks for a managed device",
     "use an app registration instead of a user"},
    {"AADSTS65001", "", kAccess, "nobody has consented to the application in this tenant",
     "have an administrator of the tenant open the consent link that `apportion connection test` prints"},
    {"AADSTS650052", "", kAccess, "the tenant has no service principal of the resource",
     "have an administrator of the tenant consent, or check the cloud of the connection"},
    {"AADSTS650057", "", kAccess, "the app registration lacks permission for the resource",
     "add the permission to the app registration and consent to it"},
    {"AADSTS500011", "", kAccess, "the tenant has no service principal of the resource that the token is for",
     "check tenant and cloud of the connection"},
    {"AADSTS50001", "", kAccess, "the resource that the token is for is not known",
     "check the cloud and the endpoints of the connection"},
    {"AADSTS70011", "", kUsage, "the scope of the token is not valid",
     "check the cloud and the management endpoint of the connection"},
    {"AADSTS1002012", "", kUsage, "the scope of the token is not valid",
     "check the cloud and the management endpoint of the connection"},
    {"AADSTS50020", "", kAccess, "the user belongs to another tenant",
     "sign in to the right tenant: `az login --tenant TENANT`"},
    {"AADSTS50034", "", kAccess, "the tenant does not know the user", "check the user name and the tenant"},
    {"AADSTS50126", "", kAccess, "user name or password are wrong", kSignInAgain},
    {"AADSTS50057", "", kAccess, "the user is disabled", "enable the user, or use an app registration"},
    {"AADSTS50076", "", kAccess, "the user has to prove who it is a second time", kSignInAgain},
    {"AADSTS50079", "", kAccess, "the user has to set up a second proof", kSignInAgain},
    {"AADSTS50105", "", kAccess, "the principal is not assigned to the application",
     "assign it in Entra, under the enterprise application"},
    // The identity endpoints of machines.
    {"invalid_request", "Identity not found", kAccess, "this machine has no such managed identity",
     "assign the identity to the machine, and check the client id of the connection"},
    {"invalid_client", "", kAccess, "Entra does not accept how the application proves who it is",
     "check client id and secret, certificate or federated token of the connection"},
    {"unauthorized_client", "", kAccess, "the application may not sign in to this tenant",
     "check client id and tenant of the connection"},
    {"temporarily_unavailable", "", kUnreachable, "Entra has a passing failure", kWait},

    // Resource Manager and Cost Management: error codes of Cost Management, and of Resource Manager's common ones.
    {"AuthorizationFailed", "", kAccess, "the principal has no role for this at this scope", kGiveRole},
    {"RBACAccessDenied", "", kAccess, "the principal has no role for this at this scope", kGiveRole},
    {"BillingAccessDenied", "", kAccess, "the principal has no billing role at this scope",
     "give it a role of the billing scope (billing account reader; for partners: admin agent), then run "
     "`apportion connection test`"},
    {"LinkedAuthorizationFailed", "", kAccess, "the principal has no role on the storage account that is named",
     "give it a role that may write to that storage account, e.g. Storage Account Contributor"},
    {"LinkedAccessCheckFailed", "", kAccess, "the principal has no role on the storage account that is named",
     "give it a role that may write to that storage account, e.g. Storage Account Contributor"},
    {"Unauthorized", "roleAssignments/write", kAccess,
     "the storage account has a firewall, and Azure may not give the export's identity its role there",
     "give the principal Owner, or a role with Microsoft.Authorization/roleAssignments/write and permissions/read, on "
     "the "
     "storage account"},
    {"Unauthorized", "", kAccess, "the principal has no role for this at this scope", kGiveRole},
    {"Forbidden", "", kAccess, "the principal may not do this at this scope", kGiveRole},
    {"RequestDisallowedByPolicy", "", kAccess, "a policy of the organization forbids it",
     "ask for an exemption from the policy that Azure's message names"},
    {"ScopeLocked", "", kAccess, "a lock on the resource forbids it", "remove the lock that Azure's message names"},
    {"InvalidAuthenticationTokenTenant", "", kAccess, "the token is from another tenant than the scope",
     "correct the tenant of the connection"},
    {"ExpiredAuthenticationToken", "", kAccess, "the token has expired",
     "set the clock of this machine right (NTP), then run the same command again"},
    {"InvalidAuthenticationToken", "", kAccess, "the token was not accepted",
     "check tenant and cloud of the connection, and the clock of this machine"},
    {"AuthenticationFailed", "'Authorization' header", kAccess, "the call carried no token", kReportIt},
    {"SubscriptionNotFound", "", kUsage, "there is no such subscription, or the principal may not see it",
     "check the scope; a new subscription may take 48 hours"},
    {"InvalidSubscriptionId", "", kUsage, "the subscription id is no GUID", "correct the scope of the connection"},
    {"ResourceGroupNotFound", "", kUsage, "there is no such resource group", "correct the scope of the connection"},
    {"NotFound", "", kUsage, "there is nothing at this scope, or the principal may not see it",
     "check the scope; a new subscription may take 48 hours"},
    {"ResourceNotFound", "", kUsage, "there is no such resource", "check the scope and the names"},
    {"BillingAccountNotFound", "", kUsage, "there is no such billing account, or the principal may not see it",
     "check the scope; `apportion connection add` lists what the principal can see"},
    {"MissingSubscriptionRegistration", "", kAccess,
     "the subscription of the storage account does not know exports yet",
     "register the provider: az provider register --namespace Microsoft.CostManagementExports"},
    {"SubscriptionNotRegistered", "", kAccess, "the subscription of the storage account does not know exports yet",
     "register the provider: az provider register --namespace Microsoft.CostManagementExports"},
    {"SubscriptionTypeNotSupported", "", kUsage, "Cost Management does not support the offer of this subscription",
     "use the billing account, billing profile or customer as scope"},
    {"DisallowedOperation", "", kAccess, "the offer or agreement does not allow this", "use another scope"},
    {"ReadOnlyDisabledSubscription", "", kAccess, "the subscription is disabled, so it can only be read",
     "enable the subscription, or name a storage account in another one"},
    {"IndirectCostDisabled", "", kAccess, "the partner hides costs from this scope",
     "allow cost visibility in the policy of the customer or enrolment"},
    {"AccountCostDisabled", "", kAccess, "account owners may not see costs",
     "allow `view charges` for account owners in the billing policy"},
    {"DepartmentCostDisabled", "", kAccess, "department administrators may not see costs",
     "allow `view charges` for departments in the billing policy"},
    {"ResourceRequestsThrottled", "", kUnreachable, "Cost Management gets too many requests",
     "wait five minutes, then run the same command again; it goes on where it stopped"},
    {"TooManyRequests", "", kUnreachable, "Azure gets too many requests", kWait},
    {"GatewayTimeout", "", kUnreachable, "Cost Management took too long", kWaitAnHour},
    {"ServerTimeout", "", kUnreachable, "Cost Management took too long", kWaitAnHour},
    {"InvalidGatewayHost", "", kUnreachable, "Cost Management has a passing failure", kWaitAnHour},
    {"InternalServerError", "", kUnreachable, "Azure has a failure of its own", kWaitAnHour},
    {"ServiceUnavailable", "", kUnreachable, "the service is not available now",
     "wait five minutes (registering Microsoft.CostManagementExports takes that long), then run it again"},
    {"InvalidApiVersionParameter", "", kUsage, "Azure does not know this API version",
     "set another API version for the connection"},
    {"NoRegisteredProviderFound", "", kUsage, "Azure does not have this API version here",
     "set another API version for the connection"},
    {"PreconditionFailed", "", kUsage, "somebody changed the resource meanwhile (its eTag is another)",
     "look at the differences again, then apply them again"},
    {"Conflict", "", kUsage, "somebody changes the resource at the same time", "wait a minute, then run it again"},
    {"BadRequest", "AuthorizationResourceTypeMismatch", kUsage,
     "the SAS for the delivery does not cover containers and objects",
     "make an account SAS: service blob; resource types service, container, object; permissions read, write, delete, "
     "list, "
     "add, create; https only"},
    {"BadRequest", "SAS token", kUsage, "Azure could not use the SAS for the delivery",
     "make an account SAS: service blob; resource types service, container, object; permissions read, write, delete, "
     "list, "
     "add, create; https only; it must not have expired"},
    {"BadRequest", "does not have any valid subscriptions", kUsage,
     "management groups are no scope for partners and customer agreements",
     "use the billing account, billing profile, customer or subscription as scope"},
    {"BadRequest", "", kUsage, "Azure does not accept what was asked", "correct what Azure's message names"},

    // Storage: status and error codes of the Blob service, and of its hierarchical namespace.
    {"AuthorizationFailure", "including the signature", kAccess, "the service does not accept the SAS or the token",
     "see whether the SAS has expired; make a new one, or check the tenant of the credential"},
    {"AuthorizationFailure", "", kAccess, "the firewall of the storage account refuses this machine",
     "add the address of this machine (or its subnet) to the networking rules of the storage account"},
    {"AuthorizationPermissionMismatch", "", kAccess, "the principal has no data role, or the SAS lacks a permission",
     "with a token: grant Storage Blob Data Reader on the container or the account (Reader and Owner do not give "
     "access to "
     "blobs; a new grant takes up to ten minutes); with a SAS: make one with sp=rl"},
    {"AuthorizationResourceTypeMismatch", "", kAccess, "the SAS does not cover this type of resource (srt)",
     kSasForReading},
    {"AuthorizationServiceMismatch", "", kAccess, "the SAS is not for the blob service (ss)", kSasForReading},
    {"AuthorizationProtocolMismatch", "", kAccess, "the SAS is for another protocol (spr)", kSasForReading},
    {"AuthorizationSourceIPMismatch", "", kAccess, "the SAS is for other addresses than this machine's (sip)", kNewSas},
    {"InsufficientAccountPermissions", "", kAccess, "the SAS lacks a permission", kSasForReading},
    {"AuthenticationFailed", "Signature not valid in the specified time frame", kAccess,
     "the SAS has expired, or is not valid yet", kNewSas},
    {"AuthenticationFailed", "Signed expiry time", kAccess, "the SAS has expired", kNewSas},
    {"AuthenticationFailed", "Signature did not match", kAccess,
     "the signature of the SAS does not fit: it was shortened or encoded again, or the key was renewed", kNewSas},
    {"AuthenticationFailed", "Signature fields not well formed", kAccess, "the SAS is not whole", kNewSas},
    {"AuthenticationFailed", "nvalid token issuer", kAccess,
     "the token is from another tenant than the storage account's",
     "set the storage tenant of the connection, and have its administrator consent to the application"},
    {"AuthenticationFailed", "nvalid token audience", kAccess, "the token is for another service", kReportIt},
    {"AuthenticationFailed", "Lifetime validation failed", kAccess, "the token has expired",
     "set the clock of this machine right (NTP), then run the same command again"},
    {"AuthenticationFailed", "", kAccess, "the service does not accept the token or the SAS",
     "make a new SAS, or check the tenant of the credential and the clock of this machine"},
    {"InvalidAuthenticationInfo", "Issuer validation failed", kAccess,
     "the token is from another tenant than the storage account's",
     "set the storage tenant of the connection, and have its administrator consent to the application"},
    {"InvalidAuthenticationInfo", "Audience validation failed", kAccess, "the token is for another service", kReportIt},
    {"InvalidAuthenticationInfo", "", kAccess, "the token was not accepted",
     "set the storage tenant of the connection to the tenant of the storage account, and check the clock of this "
     "machine"},
    {"NoAuthenticationInformation", "", kAccess, "the call carried neither token nor SAS",
     "give the connection a credential or a SAS for this location"},
    {"PublicAccessNotPermitted", "", kAccess, "the storage account allows no anonymous access, and no SAS was sent",
     "give the connection a credential or a SAS for this location"},
    {"KeyBasedAuthenticationNotPermitted", "", kAccess, "the storage account forbids SAS that are signed with its key",
     "use a credential with Storage Blob Data Reader, or a user delegation SAS"},
    {"ContainerNotFound", "", kUsage, "there is no such container in the storage account", kCheckUrl},
    {"FilesystemNotFound", "", kUsage, "there is no such container in the storage account", kCheckUrl},
    {"ContainerBeingDeleted", "", kUsage, "the container is being deleted", kCheckUrl},
    {"BlobNotFound", "", kUsage, "there is no such blob (any more)",
     "run the same command again; if it stays, see whether a lifecycle rule deletes blobs"},
    {"PathNotFound", "", kUsage, "there is no such blob (any more)",
     "run the same command again; if it stays, see whether a lifecycle rule deletes blobs"},
    {"ConditionNotMet", "", kUnreachable, "the blob was overwritten meanwhile",
     "run the same command again: it reads the new one"},
    {"TargetConditionNotMet", "", kUnreachable, "the blob was overwritten meanwhile",
     "run the same command again: it reads the new one"},
    {"InvalidRange", "", kUnreachable, "the blob is shorter than before", "run the same command again"},
    {"BlobArchived", "", kUsage, "the blob is in the archive tier",
     "set its tier to hot or cool; it can be read some hours later"},
    {"BlobBeingRehydrated", "", kUsage, "the blob is on its way out of the archive tier",
     "wait some hours, then run the same command again"},
    {"LeaseIdMissing", "", kAccess, "somebody holds a lease on the blob", "wait until it is released, or break it"},
    {"AccountIsDisabled", "", kAccess, "the storage account is disabled",
     "see whether its subscription is disabled or in arrears"},
    {"AccountRequiresHttps", "", kUsage, "the storage account takes https only", "write the location with https://"},
    {"FeatureVersionMismatch", "", kBadInput, "the blob was written by a newer version of the storage service",
     kReportIt},
    {"OutOfRangeInput", "", kUsage, "a name in the location is too short or too long", kCheckUrl},
    {"InvalidResourceName", "", kUsage, "a name in the location is not valid", kCheckUrl},
    {"InvalidUri", "", kUsage, "the location is not valid", kCheckUrl},
    {"InvalidHeaderValue", "", kUsage, "the storage does not accept a header", kReportIt},
    {"InvalidQueryParameterValue", "", kUsage, "the storage does not accept a parameter", kReportIt},
    {"ServerBusy", "", kUnreachable, "the storage account gets too many requests", kWait},
    {"OperationTimedOut", "", kUnreachable, "the storage took too long", kWait},
    {"InternalError", "", kUnreachable, "the storage has a failure of its own", kWait},
});

constexpr auto kStatusRows = std::to_array<AzureStatusRow>({
    {300,
     399,
     {"", "", kAccess, "the service leads elsewhere, and redirects are not followed",
      "check the endpoints of the connection, and whether a proxy answers instead of Azure"}},
    {401,
     401,
     {"", "", kAccess, "the service does not accept who we are",
      "check credential, tenant and cloud of the connection, and the clock of this machine"}},
    {403, 403, {"", "", kAccess, "the service knows the principal but does not allow this", kGiveRole}},
    {404,
     404,
     {"", "", kUsage, "there is no such thing, or the principal may not see it", "check the scope and the names"}},
    {407, 407, {"", "", kAccess, "the proxy asks who we are", "put user and password into HTTPS_PROXY"}},
    {408, 408, {"", "", kUnreachable, "the service waited too long", kWait}},
    {409,
     409,
     {"", "", kUsage, "somebody changes the same thing at the same time", "wait a minute, then run it again"}},
    {412, 412, {"", "", kUsage, "somebody changed the same thing meanwhile", "look at it again, then run it again"}},
    {429, 429, {"", "", kUnreachable, "the service gets too many requests", kWait}},
    {400, 499, {"", "", kUsage, "the service does not accept what was asked", "correct what Azure's message names"}},
    {500, 599, {"", "", kUnreachable, "the service has a failure of its own", kWait}},
});

}  // namespace

std::span<const AzureErrorRow> azure_error_rows() { return kRows; }

std::span<const AzureStatusRow> azure_status_rows() { return kStatusRows; }

}  // namespace apportion
