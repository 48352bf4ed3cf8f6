// Logs and metrics. Only the app's identity may write them; there is no instrumentation key in use.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Who may write: the app\'s identity.')
param appPrincipalId string

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: 1 }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource publish 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

resource failures 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: 'trainers-left-over-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'A trainer was left over'
    description: 'The sweeper had to stop a trainer: a run ended without its clean-up. docs/operations.md says what to look at.'
    severity: 2
    enabled: true
    scopes: [insights.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'traces | where message has "stopping it" and message has "Run "'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
  }
}

@description('Feeds APPLICATIONINSIGHTS_CONNECTION_STRING; it names an address, and without a right it opens nothing.')
output insightsConnection string = insights.properties.ConnectionString
