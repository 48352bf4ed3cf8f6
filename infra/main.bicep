// ServerlessTuning in one subscription: a resource group for the app, and one for the machines that train, which holds nothing else.
// `azd up` deploys it; docs/deploy.md says how, docs/security.md what each identity may do.
targetScope = 'subscription'

@description('Required. Name of the environment, as azd knows it; part of most names. 1 to 20 characters.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Required. Region of the app, its storage and the first machines, for example swedencentral. It must have Flex Consumption and the GPU sizes wanted.')
param location string

@description('Optional. Tag of the trainer image in the registry; change it for each new trainer, so that runs in flight keep theirs.')
@minLength(1)
param trainerTag string = 'v1'

@description('Optional. Base model of requests that name none, a folder under models/. Feeds Tuning__DefaultBase.')
param defaultBase string = ''

@description('Optional. How trainers and app reach Azure: "nat" (a NAT gateway) or "private" (private endpoints for registry, storage and Key Vault; the NAT gateway is left out). docs/operations.md has the monthly cost of both.')
@allowed(['nat', 'private'])
param outbound string = 'nat'

@description('Optional. Addresses in CIDR notation from which people may reach the storage, for example to drop datasets. Empty: only the virtual network.')
param allowedAddresses array = []

@description('Optional. Object id of a person or group who may drop datasets and read models. azd passes the one who deploys.')
param principalId string = ''

@description('Optional. Monthly amount, in the currency of the subscription, at whose 80 and 100 % the contacts are told.')
@minValue(1)
param monthlyBudget int = 200

@description('Optional. First day of the month from which the budget counts, yyyy-MM-01. Azure refuses another one once the budget is there, so azd passes what the output TUNING_BUDGET_START said last. Empty: this month.')
param budgetStart string = ''

@description('Optional. First day of this month; leave it, the time is known in a default only.')
param thisMonth string = utcNow('yyyy-MM-01')

@description('Optional. E-mail addresses for the budget alert. Empty: no budget is created.')
param budgetContacts array = []

@description('Optional. Forbid public IP addresses in the trainers\' resource group by a policy assignment.')
param denyPublicAddresses bool = true

@description('Optional. Days after which checkpoints and other files of runs are deleted. Published models are never deleted.')
@minValue(1)
param keepRunsDays int = 90

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var budgetFrom = empty(budgetStart) ? thisMonth : budgetStart

resource appGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

resource trainerGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}-trainers'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: appGroup
  params: { location: location, token: token, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: appGroup
  params: { location: location, token: token, tags: tags, appPrincipalId: identities.outputs.appPrincipalId }
}

module network 'modules/network.bicep' = {
  name: 'network'
  scope: appGroup
  params: { location: location, token: token, tags: tags, outbound: outbound }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: appGroup
  params: {
    location: location
    token: token
    tags: tags
    allowedAddresses: allowedAddresses
    appSubnetId: network.outputs.appSubnetId
    trainerSubnetId: network.outputs.trainerSubnetId
    appPrincipalId: identities.outputs.appPrincipalId
    trainerPrincipalId: identities.outputs.trainerPrincipalId
    userPrincipalId: principalId
    keepRunsDays: keepRunsDays
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: appGroup
  params: {
    location: location
    token: token
    tags: tags
    isPremium: outbound == 'private'
    trainerPrincipalId: identities.outputs.trainerPrincipalId
  }
}

module keyVault 'modules/keyVault.bicep' = {
  name: 'keyVault'
  scope: appGroup
  params: { location: location, token: token, tags: tags, appPrincipalId: identities.outputs.appPrincipalId, appSubnetId: network.outputs.appSubnetId }
}

module endpoints 'modules/privateEndpoints.bicep' = if (outbound == 'private') {
  name: 'privateEndpoints'
  scope: appGroup
  params: {
    location: location
    tags: tags
    networkId: network.outputs.networkId
    subnetId: network.outputs.endpointSubnetId
    storageId: storage.outputs.id
    registryId: registry.outputs.id
    keyVaultId: keyVault.outputs.id
  }
}

module trainers 'modules/trainers.bicep' = {
  name: 'trainers'
  scope: trainerGroup
  params: {
    appPrincipalId: identities.outputs.appPrincipalId
    trainerPrincipalId: identities.outputs.trainerPrincipalId
    denyPublicAddresses: denyPublicAddresses
  }
}

module trainerUse 'modules/trainerUse.bicep' = {
  name: 'trainerUse'
  scope: appGroup
  params: {
    appPrincipalId: identities.outputs.appPrincipalId
    trainerIdentityName: identities.outputs.trainerName
    networkName: network.outputs.networkName
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  scope: appGroup
  params: {
    location: location
    token: token
    tags: union(tags, { 'azd-service-name': 'functions' })
    identityId: identities.outputs.appId
    identityClientId: identities.outputs.appClientId
    subnetId: network.outputs.appSubnetId
    storageName: storage.outputs.name
    blobEndpoint: storage.outputs.blobEndpoint
    deploymentContainer: storage.outputs.deploymentContainer
    insightsConnection: monitoring.outputs.insightsConnection
    tuning: {
      Tuning__DefaultBase: defaultBase
      Tuning__Azure__Subscription: subscription().subscriptionId
      Tuning__Azure__ResourceGroup: trainerGroup.name
      Tuning__Azure__Owner: 'serverless-tuning-${token}'
      Tuning__Azure__Places__0__Region: location
      Tuning__Azure__Places__0__Subnet: network.outputs.trainerSubnetId
      Tuning__Azure__TrainerIdentity: identities.outputs.trainerId
      Tuning__Azure__TrainerIdentityClientId: identities.outputs.trainerClientId
      Tuning__Azure__TrainerImage: '${registry.outputs.loginServer}/trainer:${trainerTag}'
    }
  }
  dependsOn: [trainerUse, trainers]
}

module events 'modules/events.bicep' = {
  name: 'events'
  scope: appGroup
  params: { location: location, token: token, tags: tags, storageId: storage.outputs.id }
}

module budget 'modules/budget.bicep' = if (!empty(budgetContacts)) {
  name: 'budget'
  params: {
    name: 'tuning-${environmentName}'
    amount: monthlyBudget
    start: budgetFrom
    contacts: budgetContacts
    groups: [appGroup.name, trainerGroup.name]
  }
}

@description('Read by azd and by the hooks: the app\'s resource group.')
output AZURE_RESOURCE_GROUP string = appGroup.name

@description('Read by people: the resource group of the machines.')
output AZURE_TRAINER_RESOURCE_GROUP string = trainerGroup.name

@description('Read by the hook push-trainer.')
output AZURE_CONTAINER_REGISTRY_NAME string = registry.outputs.name

@description('Read by the hook push-trainer: the tag that the app starts.')
output TRAINER_TAG string = trainerTag

@description('Read by the hook subscribe-drops.')
output AZURE_FUNCTION_NAME string = functions.outputs.name

@description('Read by the hook subscribe-drops, and by people: https://{host}/runs.')
output AZURE_FUNCTION_HOST string = functions.outputs.host

@description('Read by the hook subscribe-drops.')
output AZURE_EVENT_GRID_TOPIC_NAME string = events.outputs.topicName

@description('Read by people: where datasets are dropped.')
output AZURE_STORAGE_ACCOUNT_NAME string = storage.outputs.name

@description('Read by main.bicepparam the next time: a budget keeps the start it was made with.')
output TUNING_BUDGET_START string = empty(budgetContacts) ? '' : budgetFrom
