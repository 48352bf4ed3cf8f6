// What creating a machine touches in the app's resource group: the trainers' subnet, and the identity that the machine is given.
@description('Required. The app\'s identity.')
param appPrincipalId string

@description('Required. Name of the machines\' identity.')
param trainerIdentityName string

@description('Required. Name of the virtual network.')
param networkName string

var managedIdentityOperator = 'f1a07417-d97a-45cb-824c-7a7467783830'

resource trainer 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: trainerIdentityName
}

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' existing = {
  name: networkName

  resource trainers 'subnets' existing = {
    name: 'trainers'
  }
}

resource join 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'trainer-subnet')
  properties: {
    roleName: 'Trainer subnet (${resourceGroup().name} ${uniqueString(resourceGroup().id)})'
    description: 'Puts machines into the trainers\' subnet.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: ['Microsoft.Network/virtualNetworks/subnets/read', 'Microsoft.Network/virtualNetworks/subnets/join/action']
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource appJoins 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(network::trainers.id, appPrincipalId, 'trainer-subnet')
  scope: network::trainers
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: join.id
  }
}

resource appAssigns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(trainer.id, appPrincipalId, managedIdentityOperator)
  scope: trainer
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', managedIdentityOperator)
  }
}
