// One network: a subnet for the app, one for trainers without any inbound, one for private endpoints.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

@description('Required. "nat": a NAT gateway for both subnets. "private": none; the trainers then reach Resource Manager through the service tag AzureResourceManager only if the network has a way out of its own.')
@allowed(['nat', 'private'])
param outbound string

resource address 'Microsoft.Network/publicIPAddresses@2024-01-01' = if (outbound == 'nat') {
  name: 'pip-nat-${token}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2024-01-01' = if (outbound == 'nat') {
  name: 'nat-${token}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: address.id }] }
}

resource closed 'Microsoft.Network/networkSecurityGroups@2024-01-01' = {
  name: 'nsg-trainers-${token}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'no-inbound'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
      {
        name: 'azure'
        properties: {
          priority: 100
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureCloud'
          destinationPortRange: '443'
        }
      }
      {
        name: 'endpoints'
        properties: {
          priority: 110
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRange: '443'
        }
      }
      {
        name: 'nothing-else'
        properties: {
          priority: 4000
          direction: 'Outbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'vnet-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.40.0.0/16'] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.40.0.0/24'
          natGateway: outbound == 'nat' ? { id: gateway.id } : null
          serviceEndpoints: [{ service: 'Microsoft.Storage' }, { service: 'Microsoft.KeyVault' }]
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'trainers'
        properties: {
          addressPrefix: '10.40.1.0/24'
          defaultOutboundAccess: false
          natGateway: outbound == 'nat' ? { id: gateway.id } : null
          networkSecurityGroup: { id: closed.id }
          serviceEndpoints: [{ service: 'Microsoft.Storage' }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.40.2.0/27' }
      }
    ]
  }
}

@description('Feeds the private zones.')
output networkId string = network.id

@description('Feeds the right to put a machine into the trainers\' subnet.')
output networkName string = network.name

@description('Feeds the function app, and the network rules of storage and Key Vault.')
output appSubnetId string = network.properties.subnets[0].id

@description('Feeds Tuning__Azure__Places__0__Subnet and the storage\'s network rules.')
output trainerSubnetId string = network.properties.subnets[1].id

@description('Feeds the private endpoints.')
output endpointSubnetId string = network.properties.subnets[2].id
