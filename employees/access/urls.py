from django.urls import path

from employees.access.pages import dismiss_role_change

urlpatterns = [
    path("access/role-changes/<int:pk>/dismiss/", dismiss_role_change, name="role_change_dismiss"),
]
